"""What a double is told of the circle it writes to: those to whom the person writes alike (style/circles.py).

« tutoiement, messages courts »  ->  « Tu écris ici de cette manière : tutoiement, messages courts. »

It is a system text, in training as in talk. The name says how they are written to, never who they are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings

KEPT_CIRCLES, LONGEST_NAMED = 12, 200  # circles of a double; letters of a name: files of others may hold any


def instruction(circle: str) -> str:
    return f"Tu écris ici de cette manière : {circle}."


def count_circles(dialogues: Iterable[Dialogue]) -> dict[str, int]:
    """How many replies each circle has, the commonest first; empty where there is but one manner."""
    counts: Counter[str] = Counter()
    for dialogue in dialogues:
        if circle := dialogue.origin.circle:
            counts[circle] += len(dialogue.replies)
    return dict(counts.most_common())


def circles_of(dialogues: Iterable[Dialogue]) -> tuple[str, ...]:
    """Their KEPT_CIRCLES commonest, in that order; none where there is no other to tell one from."""
    found = tuple(count_circles(dialogues))[:KEPT_CIRCLES]
    return found if len(found) > 1 else ()


def told(dialogue: Dialogue, circles: Sequence[str]) -> Dialogue:
    """The dialogue under the instruction of its circle."""
    return replace(dialogue, turns=told_turns(dialogue.turns, dialogue.origin.circle, circles))


def told_turns(turns: tuple[Turn, ...], circle: str, circles: Sequence[str]) -> tuple[Turn, ...]:
    """The turns under the instruction of this circle; of the first of `circles` where it is none of them.

    As they are where there are no circles, or where they have a system text of their own.
    """
    if not circles or not turns or turns[0].role == "system":
        return turns
    return (Turn("system", instruction(circle if circle in circles else circles[0])), *turns)


def choose_circle(named: str, circles: Sequence[str]) -> str:
    """The one circle of that name, or that alone has these words in its name. BadSettings for none or two."""
    found = [circle for circle in circles if circle == named] or [
        circle for circle in circles if named.strip() and named.strip().casefold() in circle.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if not circles:
        raise BadSettings(
            "Ce double n'a pas de cercles : il écrit à tous de la même manière.", "Enlevez --circle."
        )
    listed = " ; ".join(f"« {circle} »" for circle in circles)
    raise BadSettings(
        f"« {named} » ne désigne pas un seul cercle de ce double.",
        f"Un mot d'un seul suffit, parmi : {listed}.",
    )
