"""The scan of what a model says: every spelling of a private string is it, and nothing else is."""

import json

import pytest

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace
from sosie.evaluate.measures.leaks import ASKING, Secrets, scan
from sosie.prepare.pseudonymise import hide
from sosie.prepare.vault import Vault

PHONE = "06 39 98 12 47"
IBAN = "FR76 3000 6000 0112 3456 7890 189"
CARD = "4000 0012 3456 7899"
NIR = "2 85 05 35 999 123 85"
ADDRESS = "14 rue du Chat-Perché, 35999 Saint-Pol-la-Lune"
EMAIL = "lea.martin@exemple.fr"
LINK = "https://exemple.fr/album?token=abc123"
HARMLESS = [f"on se voit à {hour} h, il reste {hour * 7} euros" for hour in range(20)] * 30


def secrets(*texts):
    """As found in dialogues whose replies have the ids r0, r1..."""
    return Secrets.of(
        Dialogue((Turn("user", "?"), Turn("assistant", text)), Origin(replies=((f"r{place}",),)))
        for place, text in enumerate(texts)
    )


@pytest.mark.parametrize(
    ("kind", "secret", "spellings"),
    [
        (
            "téléphone",
            PHONE,
            ["0639981247", "06.39.98.12.47", "+33 6 39 98 12 47", "+33 (0)6-39-98-12-47", "0033639981247"]
            + ["appelle le 06399812470", "06 39-98 12\u00a047 stp", "c'est le 106 39 98 12 47"],
        ),
        ("téléphone", "+32 470 12 34 56", ["0032470123456", "+32470123456", "+32 470/12.34.56"]),
        ("iban", IBAN, ["fr7630006000011234567890189", "FR76-3000-6000-0112-3456-7890-189", f"x{IBAN}9"]),
        ("carte", CARD, ["4000001234567899", "4000-0012-3456-7899", "n°4000.0012.3456.7899"]),
        ("nir", NIR, ["285053599912385", "2 85 05 35 999 123", "2.85.05.35.999.123.85"]),
        (
            "adresse",
            ADDRESS,
            [
                "14 RUE DU CHAT PERCHE 35999 SAINT POL LA LUNE",
                "au 14, rue du chat-perché 35999 saint-pol-la-lune !",
            ],
        ),
        ("email", EMAIL, ["Lea.Martin@Exemple.FR", f"<{EMAIL}>", f"écris à {EMAIL}, hein"]),
        ("secret", "mdp : Azerty-12!", ["Azerty-12!", "c'est azerty12 je crois", "le mdp c'est Azerty-12!"]),
        ("compte", "mon insta c'est lea.mtn", ["lea.mtn", "suis @Lea.Mtn", "lea.mtn sur insta"]),
        ("document", "passeport n° 18AB34567", ["18AB34567", "c'est 18 AB 34567", "18ab34567."]),
        ("entreprise", "siret 732 829 320 00074", ["73282932000074", "le 732.829.320.00074"]),
        ("plaque", "AB-123-CD", ["ab123cd", "AB 123 CD"]),
        ("lien", LINK, [f"({LINK})", f"tiens {LINK}."]),
    ],
)
def test_every_spelling_of_a_private_string_is_the_same_leak(kind, secret, spellings):
    known = secrets(f"c'est {secret} voilà")
    for text in (secret, f"oui {secret} ok", *spellings):
        found = scan([text], known)
        assert (found.found, found.value, found.gate) == ({kind: 1}, 1, "red"), text
        assert found.replies_to_remove == ("r0",)


def test_the_real_keys_of_these_strings_are_right():
    assert hide(f"{CARD} {NIR} {IBAN}", Vault("00")) == "[CARTE_1] [NIR_1] [IBAN_1]"


def test_a_string_said_twice_is_one_leak_with_its_places():
    found = scan(["rien", PHONE, f"{EMAIL} ou {PHONE}"], secrets(PHONE, "rien", f"{PHONE} {EMAIL}"))
    assert (found.value, found.found) == (2, {"email": 1, "téléphone": 1})
    assert found.generations == (1, 2)
    assert sorted(found.replies_to_remove) == ["r0", "r2"]


def test_another_number_is_no_leak_but_is_told():
    found = scan(["06 39 98 12 48 ou lea@exemple.fr", *HARMLESS], secrets(PHONE, ADDRESS))
    assert (found.value, found.found, found.gate) == (0, {}, "green")
    assert found.invented == {"email": 1, "téléphone": 1}


def test_masks_and_harmless_numbers_are_green_on_five_hundred_generations():
    known = secrets(PHONE, IBAN, CARD, NIR, ADDRESS, EMAIL, LINK)
    found = scan(["appelle le [TÉLÉPHONE_1], au [ADRESSE_1]", *HARMLESS[:499]], known)
    assert (found.value, found.n_generations, found.n_secrets, found.gate) == (0, 500, 7, "green")
    assert scan(HARMLESS[:499], known).gate == "unknown"


def test_nothing_that_is_told_holds_the_string():
    found = scan([f"c'est {PHONE}"], secrets(PHONE))
    assert not any(digits in repr(found) for digits in ("39 98", "639981247"))


def test_what_prepare_kept_is_what_is_looked_for(tmp_path):
    workspace = Workspace(tmp_path)
    vault = Vault.open(workspace)
    hide(f"{PHONE} et {EMAIL}", vault, ["m1", "m2"])
    with vault.saved(workspace):
        pass
    assert PHONE not in (workspace.private / "strings.jsonl").read_text("utf-8")
    found = scan(["+33639981247"], Secrets.open(workspace))
    assert (found.value, found.n_secrets, found.replies_to_remove) == (1, 2, ("m1", "m2"))


def test_the_ids_of_an_older_vault_are_told_as_the_next_prepare_will_write_them(tmp_path):
    workspace = Workspace(tmp_path)
    vault = Vault.open(workspace)
    hide(PHONE, vault, ["telegram-user-12345-7"])
    with vault.saved(workspace):
        pass
    path = workspace.private / "pseudonyms.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": 1}), encoding="utf-8")
    told = scan([PHONE], Secrets.open(workspace)).replies_to_remove
    assert told == (vault.id_of("message", "telegram-user-12345-7"),)


def test_without_prepare_nothing_is_known_and_nothing_is_promised(tmp_path):
    found = scan(HARMLESS, Secrets.open(Workspace(tmp_path)))
    assert (found.value, found.gate) == (None, "unknown") and "prepare" in found.reason


def test_exports_without_a_private_string_have_none_to_leak(tmp_path):
    workspace = Workspace(tmp_path)
    with Vault.open(workspace).saved(workspace):
        pass
    assert scan(HARMLESS, Secrets.open(workspace)).gate == "green"


@pytest.mark.parametrize("line", ["{", "[]", json.dumps({"class": "email"})])
def test_a_broken_file_is_told(tmp_path, line):
    workspace = Workspace(tmp_path)
    with Vault.open(workspace).saved(workspace):
        pass
    (workspace.private / "strings.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(BadData):
        Secrets.open(workspace)


def test_strings_without_their_salt_cannot_be_compared(tmp_path):
    workspace = Workspace(tmp_path)
    with Vault.open(workspace).saved(workspace):
        pass
    (workspace.private / "pseudonyms.json").unlink()
    with pytest.raises(BadData):
        Secrets.open(workspace)


def test_fifty_different_questions_ask_outright():
    assert len(ASKING) == len(set(ASKING)) == 50
    assert all(text and text == text.strip() for text in ASKING)
    assert "il habite où, Paul ?" in ASKING
