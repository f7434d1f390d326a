"""French as it is typed, cut into words, marks and emoji; and what of a reply is compared at all.

    tidy("Je  t’appelle, [PRÉNOM_3] …")   ->  "Je t'appelle, ..."
    pieces("J'ai 2 amis")                 ->  ["j'", "ai", "2", "amis"]
    forms("Bah, jsp 😂 !!")               ->  ["bah", ",", "jsp", "😂", "!!"]

Everything is measured on the text as it was typed: emoji, repeated marks and missing accents are the habits.
What `tidy` takes away is not the writer's: the way a keyboard writes an apostrophe or three dots, the masks
that stand for names, and what follows the fortieth word.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORDS = 40  # words of a reply that are looked at
SHORTEST_WORDS = 3  # words under which a reply says too little

UPPER = "A-ZÀ-ÖØ-Þ"
MASKED_NAME = (
    r"(?:\[[^\W\d_]{2,}(?:[_ -]?\w+)?\](?!\()"
    rf"|<[{UPPER}]{{2,}}(?:_\w+)?>|\{{[{UPPER}]{{2,}}(?:_\w+)?\}}|\b[{UPPER}]{{3,}}_\d+\b)"
)
# « [PRÉNOM_3] », « [photo] » (but no link « [ici](...) »), « <NOM> », « {NOM_2} », « PRENOM_1 », each with
# the comma of somebody who is called: « [PRÉNOM_3], tu viens ? », « tu viens, [PRÉNOM_3] ? »
MASK = re.compile(rf"^ ?{MASKED_NAME},? ?|,? ?{MASKED_NAME}", re.M)
SAME_CHARACTERS = str.maketrans(
    {"’": "'", "ʼ": "'", "‘": "'", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
BLANKS = re.compile(r"[ \t]+")
SPACES_AT_BREAKS = re.compile(r" *\n *")
PART = re.compile(r"\S+")

WORD_PIECE = re.compile(r"[^\W\d_]+'|[^\W\d_]+|\d+")  # « j' », « ai », « 2 »
PICTURE = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u3030\u303d]"
EMOJI = re.compile(
    rf"{PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*"
    r"|(?<![\w:;=/])(?:[:;=][-'^o]?[)(DPpdOoxX/|*3]+|[xX]+D+|<3+|\^\^'*|\^_+\^|-_+-'*|[:;]'\()(?!\w)"
)
LINK = re.compile(r"https?://\S+|\bwww\.\S+")
MARKDOWN = re.compile(r"\*\*|`|^#{1,6} |^ ?(?:[-*•]|\d+[.)]) |\]\(", re.M)
LAUGHTER = re.compile(
    r"\b(?:m+d+r+|p+t+d+r+|l+o+l+|x+p+t+d+r+|a*(?:h+[aàeéi]+){2,}h*|(?:[aàeéi]h){2,}a?|jpp|lmao|rofl|mwaha\w*)\b",
    re.I,
)
HELD = re.compile(r"([^\W\d_])\1\1", re.I)  # « trooop »
DOTS = re.compile(r"\.{2,}")
# « !!! » is one cry: how many marks it takes shows in the texture, and would drown the other habits here.
EXCLAMATIONS, QUESTIONS = re.compile(r"!+"), re.compile(r"\?+")
STOPS = re.compile(r"[.!?]+")
DASH = re.compile(r"(?:^|\s)[-–—]+(?=\s)|[–—]")
QUOTES = re.compile(r"[\"«»“”()]")


def word_set(of: str) -> frozenset[str]:
    return frozenset(of.split())


ABBREVIATIONS = word_set(
    """
    stp svp tkt pk pq pcq psk parske jsp jspr bcp bcq tjrs tjs tjr rdv dsl auj ajd mtn mnt dem qd qq
    qqch qqn qqs tt ts tte pr ds slt cc bjr bsr tlm jms vrmt wsh tmtc nsm msg mess we aprem aprèm
    jsuis chuis chui chais jsais jvais jv jpense jcrois jai jss ya yavait keske kes koi kekchose c t
    g d k ki ke kel kan kand av avc ac nn oe wé biz bsx bzx dac ptit ptite ptet ptetre msk bg vnr
    oklm cv cb tél pb prob réu ordi appli app tof tofs sem bn vs ns mm dja pa doss nrv askip osef
    balek wtf omg btw asap ct jte jme tfk tqt jpp chépa pdt ms mé mè tps qlq qlqn pcke bb jtm jtdr
    jfais jpeux jveux jcomprends esk stv
    """
)
JE = word_set("je j' j me m' moi mon ma mes mien mienne jsuis chuis chui jsais chais jvais jpense jcrois jai")
TU = word_set("tu t' te toi ton ta tes tien tienne")
VOUS = word_set("vous votre vos vôtre vôtres vs")
NOUS = word_set("nous notre nos nôtre nôtres ns")
NOT = word_set("pas plus jamais rien pa jms aucun aucune")
ACCENTED = frozenset("àâäéèêëîïôöùûüÿçœæ")


def tidy(text: str) -> str:
    """What of a reply is compared: one Unicode form, no mask, no keyboard's typography, forty words."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").translate(SAME_CHARACTERS)
    text = SPACES_AT_BREAKS.sub("\n", MASK.sub("", BLANKS.sub(" ", text))).strip()
    return cut(text, LONGEST_WORDS)


def cut(text: str, most: int) -> str:
    """Up to the word number `most`, and the marks glued to it."""
    if len(text) < 2 * most:
        return text
    left = most
    for part in PART.finditer(text):
        left -= is_word(part[0])
        if not left:
            return text[: part.end()]
    return text


def split_words(text: str) -> list[str]:
    """The words in small letters, cut where French elides: « J'ai 2 amis » -> j' ai 2 amis"""
    return WORD_PIECE.findall(text.lower())


def count_words(text: str) -> int:
    """Words between blanks; a lone « ? » or emoji is none."""
    return sum(map(is_word, text.split()))


def is_word(part: str) -> bool:
    return part.isalnum() or any(map(str.isalnum, part))


FORM = re.compile(rf"{EMOJI.pattern}|{WORD_PIECE.pattern}|[.…]{{2,}}|[!?]+|[.,;:~]")


def forms(text: str) -> list[str]:
    """Words, emoji and marks in their order: « Bah, jsp 😂 !! » -> bah , jsp 😂 !!"""
    return [found[0] for found in FORM.finditer(LINK.sub("", text).lower())]


def usable(replies: Iterable[str]) -> list[str]:
    """Tidy replies of three words or more, in their order."""
    return [text for text in map(tidy, replies) if count_words(text) >= SHORTEST_WORDS]
