"""Each dialogue with its circle: how the person writes to whom it is with (style/circles.py).

Found on what is learnt and validated with, so that the test tells nothing of itself: who is only in the test
is in no circle. A group conversation stands for one correspondent. Where the person has one manner, nothing
is written at all.
"""

from dataclasses import replace

from sosie.core.dialogue import Dialogue
from sosie.prepare.filters import learnt_replies
from sosie.prepare.split import Parts
from sosie.style.circles import find_circles


def in_circles(parts: Parts) -> Parts:
    """The same parts, each dialogue with the circle that it has now, or none."""
    written: dict[str, list[str]] = {}
    for dialogue in (*parts.train, *parts.valid):
        if _typed(dialogue) and (whom := _addressee(dialogue)):
            written.setdefault(whom, []).extend(learnt_replies(dialogue))
    names = {whom: circle.name for circle in find_circles(written) for whom in circle.correspondents}

    def labelled(dialogue: Dialogue) -> Dialogue:
        name = names.get(_addressee(dialogue), "")
        same = dialogue.origin.circle == name
        return dialogue if same else replace(dialogue, origin=replace(dialogue.origin, circle=name))

    return Parts(*(tuple(map(labelled, part)) for part in (parts.train, parts.valid, parts.test)))


def _typed(dialogue: Dialogue) -> bool:
    return not (dialogue.origin.generated or dialogue.origin.transcribed)


def _addressee(dialogue: Dialogue) -> str:
    """Whom it is with: a pseudonym, the conversation of a group, or "" where nobody says."""
    origin = dialogue.origin
    if origin.group or len(origin.correspondents) > 1:
        return origin.conversation
    return origin.correspondents[0] if origin.correspondents else ""
