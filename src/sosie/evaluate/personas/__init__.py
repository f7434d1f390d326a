"""Invented French people who chat, made from numbers: nobody's words, always the same.

    0 to 19    background: what the style space is fitted on
    20 to 27   floor: « a typical other person », where no real one is there
    28 to 47   sitters: only measured, in tests; in neither of the two others

All draw from one content pool (topics.txt), so that what is talked about gives nobody away; the habits that
tell them apart are in habits.txt. `strength` under 1 makes an imitator of the person, 0 nobody in particular.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from sosie.core.dialogue import Dialogue, Turn
from sosie.evaluate.personas.habits import draw_persona
from sosie.evaluate.personas.pool import Topic, pool
from sosie.evaluate.personas.writing import Hand, write

BACKGROUND, BASELINE, SITTERS = range(20), range(20, 28), range(28, 48)
EACH = 120  # replies of a person of the background


def dialogues(
    number: int,
    count: int,
    seed: int = 0,
    strength: float = 1.0,
    topics: Sequence[Topic] | None = None,
) -> list[Dialogue]:
    """`count` exchanges of one question and the person's answer; another seed gives other ones."""
    content, persona = pool(), draw_persona(number)
    rng = Random(f"replies {number} {seed}")
    made = []
    for _ in range(count):
        topic = rng.choice(topics or content.topics)
        question = Turn("user", rng.choice(topic.questions))
        reply = write(topic, content, Hand(persona, rng, strength))
        made.append(Dialogue((question, Turn("assistant", reply))))
    return made


def replies(
    number: int, count: int, seed: int = 0, strength: float = 1.0, topics: Sequence[Topic] | None = None
) -> list[str]:
    """The same exchanges, the person's side alone."""
    return [made.turns[-1].text for made in dialogues(number, count, seed, strength, topics)]


@lru_cache(maxsize=1)
def background() -> tuple[str, ...]:
    return tuple(reply for number in BACKGROUND for reply in replies(number, EACH))


def baseline_people(count: int) -> list[list[str]]:
    """`count` replies of each invented other person."""
    return [replies(number, count) for number in BASELINE]
