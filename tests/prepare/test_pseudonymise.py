"""Masks and pseudonyms are stable, and the vault tells nothing to who lacks its salt."""

import json
import stat

import pytest
from prepare_talk import conversation, dialogue, to_dialogue

from sosie.core.dialogue import Dialogue, Origin
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace
from sosie.prepare.owner import Identity
from sosie.prepare.pseudonymise import hide, mask
from sosie.prepare.vault import Vault

PHONE, SAME_PHONE, OTHER = "06 39 98 12 47", "+33639981247", "06 39 98 12 48"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def vault(workspace):
    return Vault.open(workspace)


def save(vault, workspace):
    with vault.saved(workspace):
        pass
    return [
        json.loads(line) for line in (workspace.private / "strings.jsonl").read_text("utf-8").splitlines()
    ]


def test_the_same_string_has_the_same_mask_however_it_is_spelt(vault):
    assert hide(f"mon {PHONE} ou {OTHER}, donc {SAME_PHONE} !", vault) == (
        "mon [TÉLÉPHONE_1] ou [TÉLÉPHONE_2], donc [TÉLÉPHONE_1] !"
    )


def test_each_class_counts_for_itself(vault):
    text = f"{PHONE} lea@exemple.fr FR7630006000011234567890189 14 rue du Chat-Perché, 35999 Saint-Pol"
    assert hide(text, vault) == "[TÉLÉPHONE_1] [EMAIL_1] [IBAN_1] [ADRESSE_1]"
    assert vault.masked == {"téléphone": 1, "email": 1, "iban": 1, "adresse": 1}


def test_masks_and_pseudonyms_stay_from_one_run_to_the_next(vault, workspace):
    hide(f"{OTHER} {PHONE}", vault)
    vault.friend("Malo")
    save(vault, workspace)
    again = Vault.open(workspace)
    assert hide(f"{PHONE} {OTHER}", again) == "[TÉLÉPHONE_2] [TÉLÉPHONE_1]"
    assert (again.friend("Inès"), again.friend("Malo")) == ("[AMI_2]", "[AMI_1]")


def test_each_private_string_is_one_line_with_its_count_and_replies(vault, workspace):
    made = mask(dialogue(PHONE, f"oui {SAME_PHONE}", "et ?", f"{OTHER} et {PHONE}", id="x"), vault)
    (one,), (other,) = made.origin.replies
    first, second = save(vault, workspace)
    assert first == {
        "class": "téléphone",
        "hash": vault.fingerprint("téléphone", SAME_PHONE),
        "count": 3,
        "replies": [one, other],
    }
    assert second["count"] == 1 and second["replies"] == [other]


def test_another_run_counts_again_from_nothing(vault, workspace):
    for _ in range(2):
        vault.begin()
        mask(dialogue(PHONE, "oui"), vault)
        (line,) = save(vault, workspace)
        assert line["count"] == 1 and line["replies"] == []


def test_the_private_files_are_closed_and_only_the_originals_hold_a_private_string(vault, workspace):
    hide(f"{PHONE} lea@exemple.fr Léa", vault)
    save(vault, workspace)
    assert stat.S_IMODE(workspace.private.stat().st_mode) == 0o700
    for path in workspace.private.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text("utf-8")
        held = [string in text for string in ("39 98", "lea@", "Léa")]
        assert all(held) if path.name == "originals.jsonl" else not any(held)


def test_another_salt_gives_other_hashes(tmp_path):
    one, two = Vault.open(Workspace(tmp_path / "a")), Vault.open(Workspace(tmp_path / "b"))
    assert one.fingerprint("email", "lea@exemple.fr") != two.fingerprint("email", "lea@exemple.fr")


def test_a_broken_vault_is_never_overwritten(vault, workspace):
    save(vault, workspace)
    (workspace.private / "pseudonyms.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadData):
        Vault.open(workspace)


@pytest.mark.parametrize("salt", ["", "00" * 31, "sel", 7, None])
def test_a_vault_without_a_whole_salt_hides_nothing_and_is_refused(vault, workspace, salt):
    save(vault, workspace)
    path = workspace.private / "pseudonyms.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"salt": salt}), encoding="utf-8")
    with pytest.raises(BadData):
        Vault.open(workspace)


def test_the_salt_and_the_names_are_in_no_repr(vault):
    vault.friend("Malo")
    assert vault.salt not in repr(vault) and "Malo" not in repr(vault)


def test_ids_are_the_same_each_time_and_another_for_each_thing(vault):
    raw = dialogue(
        "ça va ?", "oui", "et toi ?", "oui", id="telegram-user-12345", conversation="telegram-user-12345"
    )
    origin = mask(raw, vault).origin
    assert origin == mask(raw, vault).origin
    ids = [origin.id, origin.conversation, *(id_ for ids in origin.replies for id_ in ids)]
    assert len(set(ids)) == len(ids) == 4 and not any("12345" in id_ for id_ in ids)
    assert mask(Dialogue(raw.turns), vault).origin == Origin()  # no id, no id


def test_a_failure_leaves_the_old_vault(vault, workspace):
    save(vault, workspace)
    before = (workspace.private / "pseudonyms.json").read_text("utf-8")
    vault.friend("Malo")
    with pytest.raises(RuntimeError), vault.saved(workspace):
        raise RuntimeError
    assert (workspace.private / "pseudonyms.json").read_text("utf-8") == before


def test_authors_are_pseudonyms_in_the_origin_and_before_their_words(vault):
    session = conversation("Malo: a", "Malo (b): b", "+33 6 39 98 12 47: c", "moi: Malo : ok", group=True)
    made = mask(to_dialogue(session, Identity(frozenset({"moi"}), "")), vault)
    assert made.origin.correspondents == ("[AMI_1]", "[AMI_2]", "[AMI_3]")
    assert made.turns[0].text == "[AMI_1] : a\n[AMI_2] : b\n[AMI_3] : c"
    assert made.turns[1].text == "[PRÉNOM_1] : ok"  # a name in somebody's own words, and no label of ours
    assert vault.masked == {"prénom": 1}


def test_a_name_is_masked_and_counted_but_is_no_secret_to_look_for(vault, workspace):
    assert hide("salut Malo, salut malo, avec Inès Le Goff", vault) == (
        "salut [PRÉNOM_1], salut [PRÉNOM_1], avec [PRÉNOM_2] [NOM_1]"
    )
    assert vault.masked == {"prénom": 3, "nom": 1} and save(vault, workspace) == []


def test_masking_twice_changes_nothing_more(vault):
    once = hide(f"{PHONE}, 14 rue du Chat-Perché, 35999 Saint-Pol", vault)
    assert hide(once, vault) == once
