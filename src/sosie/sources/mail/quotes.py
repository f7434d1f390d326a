"""What the sender wrote in a mail, without what they answered to, forwarded or signed with.

    Oui, jeudi me va !                                           Oui, jeudi me va !

    Envoyé de mon iPhone                                ->
    > Le 3 mars 2025 à 14:05, Zoé <zoe@exemple.fr> a
    > écrit :
    > On se voit quand ?

Taken out: lines quoted with « > » and the sentence that announces them, wrapped over several lines or not;
everything below « -----Message d'origine----- », « Début du message transféré », a block De / Envoyé / Objet,
or an announcement after which nothing is marked; signatures after « -- »; the footers of phones, webmails and
antiviruses. Answers written between the quotes stay, and so do « Cordialement, » and a first name.
Not covered: a signature that nothing announces and that gives no way to reach somebody.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sosie.sources.mail.quote_phrases import (
    ANNOUNCED,
    ARMOUR,
    DATED,
    DATED_LEAD_IN,
    FIELD,
    FIELDS,
    FOOTER,
    FORWARDED,
    FROM_FIELDS,
    MAY_ANNOUNCE,
    NAMED_LEAD_IN,
    ORIGINAL,
    RULE,
    SENT_FIELDS,
    SUBJECT_FIELDS,
    TO_FIELDS,
    VERB,
)
from sosie.sources.mail.signatures import CUT, without_contacts, without_signature


class Own(NamedTuple):
    """`forwarded`: the mail passes on another one."""

    text: str
    forwarded: bool = False


_LONGEST_LEAD_IN = 5  # lines


def own_words(text: str) -> Own:
    """What the sender of a mail wrote in it."""
    lines = ARMOUR.sub("", text.replace("\r\n", "\n").replace(CUT, "")).split("\n")
    seen = [_folded(line) for line in lines]
    end, forwarded = _where_others_begin(seen)
    lines, seen = lines[:end], seen[:end]
    own = _without_quotes(lines, seen)
    own = without_signature(own)
    own = [line for line in own if not (len(line) < 240 and FOOTER.fullmatch(_folded(line)))]
    return Own(_joined(without_contacts(own)), forwarded)


def _folded(line: str) -> str:
    """A line as the patterns know it: machines write accents in two ways, and spaces in three."""
    return unicodedata.normalize("NFC", line).strip()


def _quoted(line: str) -> bool:
    return line.startswith((">", "&gt;"))


def _where_others_begin(lines: Sequence[str]) -> tuple[int, bool]:
    """The line from which nothing is the sender's, and whether it opens a forwarded mail."""
    announced = MAY_ANNOUNCE.search("\n".join(lines))
    for index, line in enumerate(lines):
        if not line or _quoted(line) or len(line) > 1000:
            continue
        if FORWARDED.fullmatch(line):
            return _above(lines, index), True
        if ORIGINAL.fullmatch(line) or _is_block(lines, index):
            return _above(lines, index), False
        length = _lead_in(lines, index) if announced else 0
        if length and not _next_is_quoted(lines, index + length):
            return _above(lines, index), False
    return len(lines), False


def _above(lines: Sequence[str], index: int) -> int:
    """Where the rule, the blank lines and « Message du 03/03/25 09:02 » begin that stand before `index`."""
    while index and (
        not lines[index - 1].strip() or RULE.fullmatch(lines[index - 1]) or _is_dated(lines[index - 1])
    ):
        index -= 1
    return index


def _is_dated(line: str) -> bool:
    return len(line) < 100 and bool(DATED_LEAD_IN.fullmatch(line))


def _is_block(lines: Sequence[str], index: int) -> bool:
    """« De : … / Envoyé : … / À : … / Objet : … », in any order; an address may take several lines."""
    names: set[str] = set()
    strays = 0
    for line in lines[index : index + 14]:
        found = FIELD.fullmatch(line) if len(line) < 1000 else None
        name = found["name"].lower() if found else ""
        if name in FIELDS:
            names.add(name)
        elif not names or not line.strip() or strays > 5:
            break
        else:
            strays += 1
    if not names & FROM_FIELDS:
        return False
    return bool(names & SUBJECT_FIELDS and names & (SENT_FIELDS | TO_FIELDS)) or bool(
        names & (SENT_FIELDS - {"date"}) and names & TO_FIELDS
    )


def _lead_in(lines: Sequence[str], index: int) -> int:
    """How many lines announce a quote, 0 where none does. What stands above is not part of it."""
    for length in range(1, _LONGEST_LEAD_IN + 1):
        announcing = lines[index : index + length]
        if (
            len(announcing) < length
            or not announcing[-1]
            or _quoted(announcing[-1])
            or len(announcing[-1]) > 500
        ):
            return 0
        if announcing[-1].endswith((":", ":*", ": *", ":>")):
            if ANNOUNCED.fullmatch(" ".join(announcing)):
                nearer = any(
                    ANNOUNCED.fullmatch(" ".join(announcing[skipped:])) for skipped in range(1, length)
                )
                return 0 if nearer else length
            return length if _is_named(announcing, lines, index + length) else 0
    return 0


def _is_named(announcing: Sequence[str], lines: Sequence[str], below: int) -> bool:
    """« Zoé a écrit : », the verb on a second line or not, where a quote or an address bears it out."""
    text = " ".join(announcing)
    if len(announcing) > 2 or len(announcing) == 2 and not VERB.match(announcing[1]):
        return False
    sure = _next_is_quoted(lines, below) or "@" in text and DATED.search(text)
    return bool(sure and NAMED_LEAD_IN.fullmatch(text))


def _next_is_quoted(lines: Sequence[str], index: int) -> bool:
    return next((_quoted(line) for line in lines[index:] if line.strip()), False)


def _without_quotes(lines: Sequence[str], seen: Sequence[str]) -> list[str]:
    """The lines that are not quoted, CUT where some were."""
    own: list[str] = []
    index = 0
    while index < len(lines):
        announced = _lead_in(seen, index) if seen[index] and not _quoted(seen[index]) else 0
        if announced or _quoted(seen[index]):
            if own[-1:] != [CUT]:
                own.append(CUT)
            index += announced or 1
        else:
            own.append(lines[index])
            index += 1
    return own


def _joined(lines: Sequence[str]) -> str:
    """One text: where a quote was, no more than one blank line is left."""
    text = "\n".join(line.rstrip() if line != CUT else CUT for line in lines)
    text = re.sub(rf"\n*{CUT}\n*", lambda found: "\n\n" if found[0].count("\n") > 2 else "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
