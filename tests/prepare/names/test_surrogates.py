"""Surrogates: of the same shape, the same everywhere, nobody's; and the way back."""

import random
import re

import pytest

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.workspace import Workspace
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.names.first_names import bare, listed
from sosie.prepare.names.names import Names
from sosie.prepare.names.surrogates import MAKERS, _pool, dress, invent, length_class
from sosie.prepare.pii.detectors import iban_is_right, luhn
from sosie.prepare.pseudonymise import hide, mask
from sosie.prepare.restore import restore, restore_turns
from sosie.prepare.vault import Vault


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def vault(workspace):
    return Vault.open(workspace)


def names_of(*authors, mode="surrogates"):
    heard = ExportNames()
    heard.authors.update(dict.fromkeys(authors))
    return heard.names(mode)


def test_a_name_becomes_another_of_the_same_gender_length_and_case(vault):
    names = names_of("Malo", "Inès")
    one, small, shout = (hide(text, vault, names=names) for text in ("Malo", "malo", "MALO"))
    assert one.istitle() and small == one.lower() and shout == one.upper()
    assert length_class(one) == length_class("Malo") and one.lower() not in ("malo", "inès")


def test_the_same_person_has_the_same_surrogate_from_one_run_to_the_next(vault, workspace):
    names = names_of("Malo", "Alexandre")
    before = hide("malo et alex", vault, names=names), hide("Alexandre", vault, names=names)
    with vault.saved(workspace):
        pass
    again = Vault.open(workspace)
    assert (hide("malo et alex", again, names=names), hide("Alexandre", again, names=names)) == before
    assert before[0].split()[-1] == before[1].lower()


def test_no_surrogate_is_somebody_of_the_export(vault):
    people = ["Zoé", "Léa", "Mia", "Eva", "Ada", "Ida", "Lou", "Malo", "Théo", "Léo", "Noé", "Tom"]
    names = names_of(*people)
    given = [hide(name, vault, names=names) for name in people]
    assert len(set(given)) == len(people) and not set(given) & set(people)


def test_no_surrogate_is_a_name_that_a_message_holds(vault):
    heard = ExportNames()
    first = hide("Malo", vault, names=heard.names("surrogates"))
    heard.hear(f"{first} est venu ?")
    assert hide("Malo", vault, names=heard.names("surrogates")) != first


def test_every_first_name_to_borrow_is_one_that_a_message_is_heard_to_hold():
    assert [name for kind in "fm" for name in _pool()[kind] if bare(name) not in listed()] == []


def test_no_surrogate_is_somebody_who_is_kept(vault):
    first = hide("Malo", vault, names=names_of())
    heard = ExportNames()
    heard.authors[first] = None
    assert hide("Malo", vault, names=heard.names("surrogates", keep=[first])) != first


def test_a_surrogate_whose_name_arrives_in_the_export_is_given_up(vault):
    first = hide("Malo", vault, names=names_of("Malo"))
    second = hide("Malo", vault, names=names_of("Malo", first))
    assert second != first


def test_many_people_are_all_told_apart(vault):
    names = Names({**names_of("Malo").entries}, "surrogates")
    every = {entry.person for entry in names.entries.values() if entry.prior == 9}
    texts = [hide(name, vault, names=names) for name in sorted(every)[:900]]
    assert len(set(texts)) == len(texts)  # tags, once no name is left


PHONE = re.compile(r"0?(?:1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98)")


@pytest.mark.parametrize("phone", ["01 42 68 53 00", "02 40 11 22 33", "06 12 34 56 78", "+33 6 12 34 56 78"])
def test_a_phone_becomes_one_that_nobody_has(phone, vault):
    other = hide(f"appelle le {phone} stp", vault, names=names_of())
    assert PHONE.search(other) and phone not in other and other.endswith(" stp")


def test_a_phone_is_written_as_it_was(vault):
    names = names_of()
    spaced, dotted = hide("06 12 34 56 78", vault, names=names), hide("06.12.34.56.78", vault, names=names)
    assert spaced.replace(" ", ".") == dotted


def test_keys_of_numbers_are_wrong():
    chance = random.Random(7)
    for _ in range(100):
        assert not iban_is_right(MAKERS["iban"]("FR7630006000011234567890189", chance))
        assert not luhn(MAKERS["carte"]("4970100000000154", chance))
        assert not luhn(MAKERS["entreprise"]("73282932000074", chance))


def test_a_class_without_surrogates_keeps_its_tag(vault):
    assert hide("né le 12/03/1987", vault, names=names_of()) == "né le [NAISSANCE_1]"
    assert invent("adresse", "x", "b", random.Random(1), ()) == ""
    assert dress("nom1@example.org", "lea@free.fr", "email") == "nom1@example.org"


def dialogues(count=200):
    """Invented talk with names in every case, alike once masked."""
    draw = random.Random(7)
    for number in range(count):
        texts = [
            draw.choice(
                ("salut {} !", "{} : 06 12 34 56 78", "{}", "[PRÉNOM_1] {}", "Malo : {} vient")
            ).replace("{}", draw.choice(("Malo", "malo", "MALO", "Maloo", "Hélène", "helene", "Jean-Luc")))
            for _ in range(6)
        ]
        turns = tuple(Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(texts))
        replies = tuple((f"{number}-{n}",) for n in range(3))
        yield Dialogue(
            turns, Origin(f"d{number}", "whatsapp", "c", ("Malo",), number % 2 == 0, replies=replies)
        )


@pytest.mark.parametrize("mode", ["tags", "surrogates"])
def test_what_was_masked_is_restored_exactly(mode, vault, workspace):
    names, raw = names_of("Malo", mode=mode), list(dialogues())
    masked = [mask(dialogue, vault, names) for dialogue in raw]
    with vault.saved(workspace):
        pass
    again = Vault.open(workspace)
    for before, after in zip(raw, masked, strict=True):
        assert restore_turns(after, again).turns == before.turns
        assert after.turns != before.turns


def test_a_text_alone_is_restored_and_one_never_masked_stays(vault):
    masked = hide("appelle Malo au 06 12 34 56 78", vault)
    assert masked == "appelle [PRÉNOM_1] au [TÉLÉPHONE_1]"
    assert restore(masked, vault) == "appelle Malo au 06 12 34 56 78"
    assert restore("[PRÉNOM_1] ?", vault) == "[PRÉNOM_1] ?"


def test_the_originals_are_in_no_repr(vault):
    hide("appelle Malo", vault)
    assert "Malo" not in repr(vault) and "Malo" not in repr(vault.originals)
