"""Signatures of mails: after « -- », or a last paragraph that says twice where to reach somebody.

Oui, jeudi me va !                   Oui, jeudi me va !
--                            ->
Zoé Roux, 06 39 98 01 07
"""

from collections.abc import Sequence

from sosie.sources.mail.quote_phrases import CONTACT

CUT = "\0"  # stands where a quote was
_SHORT_SIGNATURE = 12  # lines after a « -- » that lost its space


def without_signature(lines: list[str]) -> list[str]:
    """Up to « -- », and from the next quote on: somebody may answer below it."""
    lines_left: list[str] = []
    signing = False
    for index, line in enumerate(lines):
        bare = line.replace("\u00a0", " ")
        if bare.rstrip() in ("--", "—"):
            signing = signing or bare.startswith("-- ") or _is_short(lines, index + 1)
        elif line == CUT:
            signing = False
        if not signing:
            lines_left.append(line)
    return lines_left


def _is_short(lines: Sequence[str], start: int) -> bool:
    """Whether few lines follow, up to the next quote: a « -- » that lost its space may be a mere dash."""
    count = 0
    for index in range(start, len(lines)):
        count += bool(lines[index].strip())
        if lines[index] == CUT or count > _SHORT_SIGNATURE:
            break
    return count <= _SHORT_SIGNATURE


def without_contacts(lines: list[str]) -> list[str]:
    """Without a last paragraph that twice says where to reach somebody; its « Bien à toi, » stays."""
    end = len(lines)
    while end and lines[end - 1].strip() in ("", CUT):
        end -= 1
    start = end
    while start and lines[start - 1].strip() not in ("", CUT):
        start -= 1
    last = lines[start:end]
    reached = sum(bool(CONTACT.search(line)) for line in last)
    if start and 2 <= len(last) <= 10 and reached >= 2 and max(map(len, last)) <= 90:
        opening = last[0].rstrip()
        return lines if opening.endswith(":") else lines[: start + opening.endswith(",")]
    return lines
