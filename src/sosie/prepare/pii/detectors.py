"""What could identify someone, found in French text.

    « appelle au 06 12 34 56 78 »  ->  Found(12, 26, "téléphone", "+33612345678")

Covered: the rows of KINDS, whose detectors are in the files of this folder; README has its list from them.
Not covered: people's names, numbers and codes in words (« zéro six douze »), photographs and voice.

`same` of Found writes one thing one way: « 06 12 34 56 78 » and « +33 (0)612345678 » are the same phone.
A new kind is one more row of KINDS; where two claim the same letters, the first of the rows wins.
"""

import re

from sosie.prepare.pii.accounts import accounts
from sosie.prepare.pii.addresses import addresses
from sosie.prepare.pii.base import Found, Kind, fold, letters_and_digits, luhn, plain, words_of
from sosie.prepare.pii.emails import emails
from sosie.prepare.pii.keys import keys
from sosie.prepare.pii.network import coordinates, ip_addresses, links, mac_addresses
from sosie.prepare.pii.numbers import IBAN_LENGTHS, cards, companies, iban_is_right, ibans, nir_key, nirs
from sosie.prepare.pii.papers import birthdays, papers, plates
from sosie.prepare.pii.phones import (
    foreign_phones,
    french_phones,
    mentions,
    north_american_phones,
)
from sosie.prepare.pii.phones_local import local_phones
from sosie.prepare.pii.secrets import access

__all__ = [
    "IBAN_LENGTHS",
    "KINDS",
    "Found",
    "Kind",
    "find",
    "iban_is_right",
    "letters_and_digits",
    "luhn",
    "nir_key",
    "plain",
]

KINDS: tuple[Kind, ...] = (
    Kind("lien", "lien à jeton, d'invitation ou de profil", "liens à jeton, d'invitation ou de profil",
         ("https://exemple.fr/reset?token=abc",), (links,), 0),
    Kind("clé", "clé d'API ou clé privée", "clés d'API et clés privées",
         ("ghp_16C7e42F292c6912E7710c838347Ae178B4a",), (keys,), 0),
    Kind("email", "adresse électronique", "adresses électroniques, même déguisées",
         ("lea@exemple.fr", "lea point b arobase exemple point fr"), (emails,), 0),
    Kind("iban", "IBAN", "IBAN et RIB", ("FR76 3000 6000 0112 3456 7890 189",), (ibans,), 6),
    Kind("nir", "numéro de sécurité sociale", "numéros de sécurité"
    " sociale", ("1 85 05 78 006 084 91",), (nirs,), 12),
    Kind("carte", "carte bancaire", "cartes bancaires", ("4970 1000 0000 0154",), (cards,), 13),
    Kind("ip", "adresse IP", "adresses IP", ("192.168.1.10",), (ip_addresses,), 1),
    Kind("mac", "adresse MAC", "adresses MAC", ("01:23:45:67:89:AB",), (mac_addresses,)),
    Kind("gps", "position GPS", "positions GPS", ("48.8566, 2.3522",), (coordinates,), 4),
    Kind("naissance", "date de naissance", "dates de naissance"
    " annoncées", ("né le 12/03/1987",), (birthdays,), 2),
    Kind("entreprise", "numéro d'entreprise", "SIREN, SIRET, numéros de"
    " TVA", ("SIRET 732 829 320 00074",), (companies,), 9),
    Kind("document", "numéro de papier ou de dossier", "numéros de papiers et de dossiers annoncés",
         ("passeport n° 18AB34567",), (papers,), 1),
    Kind("téléphone", "téléphone", "téléphones, d'ici et"
    " d'ailleurs", ("06 39 98 12 47", "mon num : 77 123 45 67"),
         (mentions, french_phones, foreign_phones, north_american_phones, local_phones), 7),
    Kind("adresse", "adresse", "adresses postales", ("14 rue du Chat-Perché, 35999"
    " Saint-Pol",), (addresses,), 0),
    Kind("plaque", "plaque d'immatriculation", "plaques d'immatriculation", ("AB-123-CD",), (plates,), 3),
    Kind("secret", "mot de passe ou code", "mots de passe et codes"
    " annoncés", ("mdp : Azerty123!", "le digicode c'est 45B12"), (access,), 0),
    Kind("compte", "compte ou pseudo", "pseudos et identifiants"
    " annoncés", ("mon insta c'est lea.mtn",), (accounts,), 0),
)  # fmt: skip
DIGIT = re.compile(r"\d")
HIDDEN = "\ufffc"
SIGN = re.compile(r"[\d@＠#_(\[{</]")
SUSPECT = re.compile(
    r"\d\D{0,3}\d|\d\D{1,8}(?i:a[vln]|b|imp|c[hio]|p[lae]|r|q|s|l|h|d|mail|mo|v[ieo]|f[ab]|es|en|tr|gr|no)"
    r"|[@＠#_]"
    r"|[(\[{<] ?(?i:\.|at|aro|a\W"
    r"|@|dot|point)|[:megs]/|\b[\da-fA-F]{2}:[\da-fA-F]{2}:|\S{18}|[A-Z]{3}\d|\d[A-Z]{3}"
)
# Words that may announce a private string without digit or sign, and what must be there too (nothing more
# where the word is enough). Nearly all messages hold none of them.
HINTS: dict[str, tuple[str, ...]] = dict.fromkeys(
    words_of(
        "mdp mdps pseudo pseudos login logins username identifiant identifiants insta instagram telegram "
        "snap snapchat discord wifi password passwd pwd motdepasse xbox psn tiktok facebook twitter twitch "
        "linkedin bluesky mastodon gamertag bereal steam vinted reddit threads fortnite valorant roblox ig "
        "fb dm youtube messenger skype tinder follow abonne ajoute rajoute glpat sidence residence "
        "lotissement lotiss arobase arobas arobaz arrobase robas robase robaz jhabite gmail hotmail outlook "
        "yahoo laposte wanadoo icloud protonmail neph cni"
    ),
    (),
) | {
    "wi": ("wi-fi",), "tik": ("tik tok",), "user": ("user name",), "utilisateur": ("nom d",),
    "r": (" r. ", "(r. ", "[r. "),
    "signal": ("signal :", "signal c"), "habite": ("j'habite", "jhabite", "j’habite"),
    "adresse": ("adresse :",), "dit": ("u-dit", "u dit"), "lot": ("lot. ",), "at": (" at ", "-at-", "*at*"),
    "passe": ("de passe", "2 passe", "d passe", "passe wi", "passe :", "passe:", "passe="),
    "pass": ("pass:", "pass ", "pass="), "aro": ("aro ba",), "commercial": (" a comm",),
    "chez": ("chez orange", "chez free", "chez la poste", "chez sfr", "chez live", "chez proton"),
    "com": (".com",), "fr": (".fr",), "connecter": ("pour te c", "pour se c"), "connecte": ("toi avec",),
    "point": ("point com", "point fr", "point org", "point net", "point be", "point ch"),
    "identit": ("carte d", "pièce d", "piece d"),
}  # fmt: skip
WORD = re.compile("[a-z]+")


def find(text: str) -> list[Found]:
    """All that is found, in the order of the text, without overlap."""
    if not is_suspect(text):
        return []
    folded, places = fold(text)
    taken = bytearray(len(folded))
    kept: list[Found] = []
    digits = len(DIGIT.findall(folded))
    for kind in KINDS:
        for detect in kind.detectors if digits >= kind.digits else ():
            known = len(kept)
            for new in detect(folded):
                if taken.find(1, new.start, new.end) < 0:
                    taken[new.start : new.end] = b"\1" * (new.end - new.start)
                    kept.append(new)
            for new in kept[known:]:  # the detectors that follow see a sign in its place
                folded = folded[: new.start] + HIDDEN * (new.end - new.start) + folded[new.end :]
    kept.sort(key=lambda found: found.start)
    return kept if places is None else [moved(found, places) for found in kept]


def is_suspect(text: str) -> bool:
    """Nearly all messages end here: no digits close to each other, no sign, no word that announces"
    " something."""
    if (SIGN.search(text) and SUSPECT.search(text)) or "AKIA" in text:
        return True
    low = text.lower()
    words = WORD.findall(low)
    if HINTS.keys().isdisjoint(words):
        return False
    low = f" {low} "
    pieces = (HINTS[word] for word in HINTS.keys() & words)  # each once, however often it is said
    return any(not also or any(map(low.__contains__, also)) for also in pieces)


def moved(found: Found, places: list[int]) -> Found:
    """At its place in the text as it was written."""
    return Found(places[found.start], places[found.end - 1] + 1, found.kind, found.same)


def readme_lines() -> str:
    """The list of README.md: one line a class, with its examples."""
    return "".join(
        f"  - {kind.many} : {', '.join(f'« {example} »' for example in kind.examples)}\n" for kind in KINDS
    )
