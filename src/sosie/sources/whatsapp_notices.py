"""What WhatsApp writes itself, told from what people write: French first, English beside it.

    understand("<Médias omis>", ios=False)                   -> Said("file", "")
    understand("je viens <Ce message a été modifié>", ...)   -> Said("text", "je viens", edited=True)
    understand("\\u200eimage absente", ios=True)               -> Said("image", "")
    understand("audio omis, c'est un film ?", ios=True)      -> Said("text", "audio omis, c'est un film ?")

Structure comes before words: on iOS whatever WhatsApp writes is announced by U+200E, so that a wording never
seen is still a notice. A file that lost these marks (`marked` false) is judged by words alone.
"""

import re
from typing import NamedTuple

from sosie.core.message import Kind


class Said(NamedTuple):
    """What is left of a message's text once WhatsApp's own words are gone."""

    kind: Kind
    text: str
    edited: bool = False


LRM = "\u200e"
STRAY = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

# A glance that most messages pass: nothing WhatsApp writes begins otherwise, or ends otherwise.
BEGINS = re.compile(
    rf"[{LRM}<]|(?:ce|this) message|you deleted|en attente|waiting for|null$|sondage|poll"
    r"|les messages|messages|vo(?:tre|us)|your|appel|missed"
    r"|a réagi|(?:ma )?(?:localisation|position|emplacement|lieu)|(?:live )?location",
    re.IGNORECASE,
)
OMISSIONS = ("absent", "absente", "omis", "omise", "manquant", "manquante", "retiré", "retirée", "omitted")

# No pattern begins or ends in an unbounded run of spaces: a hostile file must not make them slow.
EDITED = re.compile(r"<\s?(?:Ce message a été modifié|This message was edited)\s?>\Z")
DELETED = re.compile(
    r"(?:ce message a été supprimé(?: par (?:un(?: ou une)? admin\w*|une admin\w*|l'admin\w*.*))?"
    r"|vous avez supprimé ce message(?: en tant qu'admin.*)?"
    r"|this message was deleted(?: by (?:an )?admin.*)?|you deleted this message(?: as admin.*)?)\.?",
    re.IGNORECASE,
)
DELETED_BY_OWNER = re.compile(r"(?:vous avez supprimé ce message|you deleted this message)\b", re.IGNORECASE)
WAITING = re.compile(r"(?:en attente de ce message|waiting for this message)\s*[.…]", re.IGNORECASE)
SEEN_ONCE = re.compile(r"\b(?:vue unique|view once)\b", re.IGNORECASE)
REACTION = re.compile(r"a réagi (?:avec |par )?[^\w\s]+ à\b", re.IGNORECASE)

ABSENT = r"(?:absente?s?|omise?s?|manquante?s?|retirée?s?|omitted)"
THING = (
    r"images?|photos?|vid[ée]os?|notes? vidéo|video notes?|messages? (?:vocal|audio|vidéo)|audios?|stickers?"
    r"|autocollants?|documents?|gifs?|(?:carte|fiche) (?:de )?contact|contact(?: card)?|m[ée]dias?|fichiers?"
)
OMITTED = re.compile(rf"(?P<thing>{THING}) {ABSENT}\.?", re.IGNORECASE)
LEFT_OUT = re.compile(rf"(?P<thing>.+) {ABSENT}", re.IGNORECASE)  # whatever it is, between brackets
FOREIGN = re.compile(
    r"(?P<thing>\w+(?: \w+){0,3}) (?:omitid[oa]s?|ocult[oa](?:d[oa])?|weggelassen|ausgeschlossen|omess[oaie]"
    r"|weggelaten)",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"<\s?(?P<what>[^<>\n]{4,60}?)\s?>(?:[ \n]|\Z)")
ATTACHED_WORDS = r"pi[èe]ce jointe|attached|adjunto|anexado|anhang|angehängt|allegato|bijgevoegd"
ATTACHED = re.compile(rf"{LRM}?<\s?(?:{ATTACHED_WORDS})\s?:\s?(?P<file>[^<>\n]{{1,300}}?)\s?>", re.IGNORECASE)
ENCLOSED = re.compile(
    rf"{LRM}?(?P<file>[^\n]+\.\w{{2,5}}) \((?:fichiers? joints?|file attached|archivo adjunto|arquivo anexado"
    r"|datei angehängt|file allegato|bestand bijgevoegd)\)[ ]*(?:\n|\Z)",
    re.IGNORECASE,
)
FILE_LINE = re.compile(r"[^\n]+\.\w{2,5}(?: ?• ?[^\n]*)?")
COUNTED = re.compile(r"-?\d{5,}-")
LOCATION = re.compile(
    r"(?:(?:ma )?(?:localisation|position|emplacement|lieu)|location)\s?:\s?https?://"
    r"(?:maps\.|www\.google\.\w+/maps|goo\.gl/maps|(?:\w+\.)?foursquare\.)\S+"
    r"|localisation en direct partagée|position en direct partagée|live location shared",
    re.IGNORECASE,
)
POLLS = ("SONDAGE", "POLL")
OPTION = re.compile(r"^OPTION\s?:|\(\d+\s[^()]*\)\Z")

EXTENSIONS: dict[str, Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "heic", "bmp"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp", "avi", "mkv", "gif"), "video"),
    **dict.fromkeys(("opus", "m4a", "mp3", "ogg", "aac", "amr", "wav"), "voice"),
}
THINGS: tuple[tuple[str, Kind], ...] = (
    ("im", "image"),
    ("bil", "image"),
    ("photo", "image"),
    ("foto", "image"),
    ("sticker", "image"),
    ("autocollant", "image"),
    ("vid", "video"),
    ("víd", "video"),
    ("note", "video"),
    ("message vid", "video"),
    ("gif", "video"),
    ("aud", "voice"),
    ("áud", "voice"),
    ("message", "voice"),
)

# Notices that people do not write, for files whose U+200E are gone.
UNMARKED = re.compile(
    r"les messages (?:et les appels|dans cette|que vous)|messages and calls are|messages to this"
    r"|votre code de sécurité|your security code|(?:appel|missed) (?:vocal|vidéo|voice|video)(?: de groupe)? "
    r"(?:manqué|call)\W*\Z",
    re.IGNORECASE,
)

# What stands before a colon and is no name: a notice that holds one.
HAPPENED = re.compile(
    r"\b(?:a|ont|avez) (?:été )?(?:créé|ajouté|retiré|supprimé|quitté|rejoint|changé|modifié|remplacé|activé"
    r"|désactivé|épinglé|désépinglé|nommé|promu|exclu|bloqué|débloqué|invité|démarré|commencé|lancé|terminé"
    r"|mis à jour|réinitialisé|accepté|demandé|utilisé|défini|autorisé)\b"
    r"|\bvous a (?:ajouté|invité|retiré|supprimé)|\bappels? manqués?"
    r"|\b(?:est|êtes) (?:maintenant|désormais|passée? à|à présent)\b|\best partie?\b"
    r"|\bn['’](?:est|êtes) plus\b|\bappel (?:vocal|vidéo|audio|de groupe)"
    r"|chiffrée?s de bout en bout|\bappuyez (?:pour|ici)"
    r"|^(?:les messages|votre code|cette (?:discussion|entreprise)|ce (?:groupe|compte)|seuls? les?)\b"
    r"|end-to-end encrypted|\b(?:created|changed|deleted) (?:the |this )?(?:group|subject|description)"
    r"|\bchanged (?:the|this|their|to)\b|\b(?:added|removed) (?:you|\+)|\bjoined using"
    r"|\b(?:voice call|video call|turned o(?:n|ff)|is now|are now|you're now|was added|were added)\b"
    r"|\bsecurity code\b",
    re.IGNORECASE,
)
ENCRYPTED = re.compile(
    r"chiffrée?s (?:de|avec le chiffrement de) bout en bout|end-to-end encrypt", re.IGNORECASE
)
OF_A_GROUP = re.compile(
    r"\b(?:groupe?s?|vous a (?:ajouté|invité)|added you|admins?)\b|\ba (?:ajouté|quitté)\b|\bleft\Z",
    re.IGNORECASE,
)
QUOTES = (("«", "»"), ("“", "”"), ("„", "“"))


def is_plain(text: str, marked: bool = True) -> bool:
    """Whether WhatsApp had no hand in a text: true of most, and found at a glance."""
    return not (
        text[-1:] in ">)"
        or LRM in text
        or ")\n" in text
        or BEGINS.match(text)
        or (not marked and text.endswith(OMISSIONS))
    )


def understand(text: str, ios: bool, marked: bool = True) -> Said:
    """What a person said, once what WhatsApp added is cut; kind « notice » where the person said nothing."""
    if is_plain(text, marked):
        return Said("text", clean(text))
    edited = False
    if text[-1:] == ">" and (found := EDITED.search(text)):
        text, edited = text[: found.start()], True
    said = _machine(text, ios, marked) or Said("text", clean(text))
    return said._replace(edited=edited)


def _machine(text: str, ios: bool, marked: bool) -> Said | None:
    """A message of which WhatsApp wrote at least a part."""
    bare = clean(text)
    plain = bare.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    if said := _whole(plain, text):
        return said
    if medium := _attached(text) or (_omitted_ios(text, marked) if ios else _omitted_android(plain, bare)):
        return medium
    announced = ios and (text.startswith(LRM) or (not marked and UNMARKED.match(plain)))
    return Said("notice", bare) if announced or REACTION.match(plain) else None


def _whole(plain: str, text: str) -> Said | None:
    """What leaves nothing, or a poll's words, of a message."""
    if DELETED.fullmatch(plain):
        return Said("deleted", "")
    if WAITING.match(plain) or not plain:
        return Said("text", "")
    if LOCATION.fullmatch(plain):
        return Said("location", "")
    if text.startswith(LRM) and SEEN_ONCE.search(plain):
        return Said("image", "")
    poll = _poll(text)
    return Said("text", poll) if poll else None


def _attached(text: str) -> Said | None:
    """A file that the export names: `<pièce jointe : 00012-PHOTO.jpg>`, `IMG-0003.jpg (fichier joint)`."""
    if found := ENCLOSED.match(text):
        return Said(_kind_of_file(found["file"]), clean(text[found.end() :]))
    if not (found := ATTACHED.search(text)):
        return None
    name = COUNTED.sub("", found["file"], count=1)
    caption = clean(text[: found.start()])
    if caption == name or caption.startswith((f"{name} •", f"{name}\u00a0•")):
        caption = ""
    rest = clean(text[found.end() :])
    return Said(_kind_of_file(found["file"]), "\n".join(part for part in (caption, rest) if part))


def _omitted_ios(text: str, marked: bool) -> Said | None:
    """`\\u200eimage absente`, alone or after a caption."""
    before, mark, last = text.rpartition(LRM)
    last = last.strip()
    found = OMITTED.fullmatch(last) or FOREIGN.fullmatch(last)
    if found and (mark or not marked):
        kind, caption = _kind_of_thing(found["thing"]), clean(before)
        return Said(kind, "" if kind == "file" and FILE_LINE.fullmatch(caption) else caption)
    return _in_brackets(text.strip(LRM), clean(text))


def _omitted_android(plain: str, bare: str) -> Said | None:
    if plain == "null":  # seen once, or not exportable
        return Said("image", "")
    return _in_brackets(plain, bare)


def _in_brackets(plain: str, bare: str) -> Said | None:
    """`<Médias omis>`, with a caption after it or not."""
    found = BRACKETED.match(plain)
    if found and (what := LEFT_OUT.fullmatch(found["what"]) or FOREIGN.fullmatch(found["what"])):
        return Said(_kind_of_thing(what["thing"]), bare[found.end() :].strip())
    return None


def _poll(text: str) -> str:
    """A poll's question and choices, a line each: the words of whoever asked. Empty where it is none."""
    head, _, rest = clean(text).partition(":")
    lines = [line.strip() for line in rest.split("\n")]
    if head.strip() not in POLLS or not any(line.startswith("OPTION") for line in lines):
        return ""
    return "\n".join(kept for line in lines if (kept := OPTION.sub("", line).strip()))


def _kind_of_file(name: str) -> Kind:
    return EXTENSIONS.get(name.rpartition(".")[2].lower(), "file")


def _kind_of_thing(thing: str) -> Kind:
    return next((kind for start, kind in THINGS if thing.lower().startswith(start)), "file")


def clean(text: str) -> str:
    """Without the invisible marks of direction that WhatsApp puts around names and its own words."""
    text = text.strip()
    return text if text.isascii() or not STRAY.search(text) else STRAY.sub("", text).strip()


def is_notice(words: str) -> bool:
    """Whether words without an author, or that look like one before a colon, are a notice.

    "Camille a modifié l'objet du groupe de « Vacances "  -> True: a quotation that does not end there
    "Éloïse d'Arc", "M. Lefèvre (voisin)"                  -> False
    """
    unclosed = any(words.count(left) > words.count(right) for left, right in QUOTES) or words.count('"') % 2
    return bool(unclosed or len(words) > 100 or HAPPENED.search(words))
