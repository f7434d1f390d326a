"""Many invented voices: what mini's warm start learns to imitate from the messages in its prompt.

    python -m tools.mini.warm_start --data work/mini [--voices 1300] [--show 3]

Writes voices.jsonl beside the prepared text. A record is one voice: a portrait (6 times in 10) and 1 to 22
exchanges, in the form of the product's few-shot prompt (sosie/engines/few_shot.py): the answer at place n is
learnt after n of the voice's own messages. Questions and plain answers come from mini's own training texts
(prepare_data); manners.py types the answers. Half a minute.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sosie.engines.few_shot import LONGEST_QUESTION
from sosie.style.portrait import portrait
from sosie.style.profile import profile
from tools.mini.corpus import VOICES, Record
from tools.mini.everyday import pairs_of, scripts
from tools.mini.manners import Typist, draw_manner
from tools.mini.prepared import read_records

SEED = 20261201
EACH, MOST, PORTRAYED, PLAIN_PARTNER = 44, 22, 0.6, 0.6
SHARES = {"everyday": 50, "tatoeba": 22, "xpersona": 14, "romans_dialogues": 8, "oasst": 3, "commonvoice": 3}
LONGEST_SENTENCE = 160  # letters
SENTENCE = re.compile(r"(?<=[.!?…]) +(?=[A-ZÀÂÇÉÈÊÎÔŒ])|\n")
TIC = re.compile(r"[a-zàâçéèêëîïôûùœ]{3,9}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What may be asked, each with its answer, and what else may be said there: plain sentences."""

    pairs: Sequence[tuple[str, tuple[str, ...]]]
    more: Sequence[str]


def sentences_of(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in SENTENCE.split(text) if 1 < len(part.strip()) <= LONGEST_SENTENCE)


def to_subject(pairs: Sequence[tuple[str, str]]) -> Subject | None:
    whole = [(asked, said) for asked, text in pairs if (said := sentences_of(text)) and asked]
    return Subject(whole, [sentence for _, said in whole for sentence in said]) if whole else None


def subjects(records: dict[str, list[Record]], seed: int) -> dict[str, list[Subject]]:
    """The subjects of each source. Lone sentences are dealt in packs of forty: one asks, others answer."""
    found: dict[str, list[Subject]] = {}
    by_topic: dict[str, list[tuple[str, str]]] = {}
    for script in scripts(seed, 12_000):
        by_topic.setdefault(script.topic.name, []).extend(pairs_of(script.turns))
    found["everyday"] = list(filter(None, map(to_subject, by_topic.values())))
    for source in ("xpersona", "oasst", "romans_dialogues"):
        pairs = (pairs_of(record.turns) for record in records[source])
        found[source] = list(filter(None, map(to_subject, pairs)))
    for source in ("tatoeba", "commonvoice"):
        lines = [line for record in records[source] for line in record.lines if len(line) <= LONGEST_SENTENCE]
        Random(seed).shuffle(lines)
        packs = (lines[start : start + 40] for start in range(0, len(lines) - 40, 40))
        found[source] = [Subject([(pack[0], tuple(pack[1:2]))], pack[2:]) for pack in packs]
    return found


def exchange(subject: Subject, typist: Typist, partner: Typist | None) -> tuple[str, str]:
    """A question and its answer, longer by other sentences of the subject where one writes more."""
    rng = typist.rng
    asked, said = rng.choice(subject.pairs)
    count = typist.count(len(subject.more))
    said = [*said, *rng.sample(subject.more, min(count, len(subject.more)))][:count]
    asked = partner.type(sentences_of(asked) or (asked,)) if partner else asked
    return asked[-LONGEST_QUESTION:], typist.type(said)


def records_of(
    number: int, content: dict[str, list[Subject]], tics: Sequence[str], seed: int
) -> Iterator[Record]:
    """All records of one voice."""
    rng = Random(f"voice {seed} {number}")
    typist = Typist(draw_manner(rng, tics), rng)
    partner = None if rng.random() < PLAIN_PARTNER else Typist(draw_manner(rng, tics), rng)
    sources = rng.choices(list(SHARES), list(SHARES.values()), k=EACH)
    made = [exchange(rng.choice(content[source]), typist, partner) for source in sources]
    system = ("system", portrait(profile([answer for _, answer in made])))
    while made:
        count = rng.randint(1, MOST)
        part, made = made[:count], made[count:]
        turns = [turn for asked, said in part for turn in (("user", asked), ("assistant", said)) if turn[1]]
        shown = (system,) if rng.random() < PORTRAYED and system[1] else ()
        yield Record(VOICES, f"voice-{number}", f"voice-{seed}-{number}-{len(made)}", turns=(*shown, *turns))


def voices(data: Path, count: int, seed: int) -> Iterator[Record]:
    records = read_records(data / "train.jsonl")
    content = subjects(records, seed)
    tics = sorted({word for record in records["tatoeba"] for word in TIC.findall(record.text)})
    for number in range(count):
        yield from records_of(number, content, tics, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("work/mini"), help="what prepare_data wrote")
    parser.add_argument("--voices", type=int, default=1300)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=0, help="records printed")
    asked = parser.parse_args()
    with (asked.data / f"{VOICES}.jsonl").open("w", encoding="utf-8") as out:
        for place, record in enumerate(voices(asked.data, asked.voices, asked.seed)):
            out.write(record.to_json() + "\n")
            if place < asked.show:
                print("\n".join(f"{role[0].upper()} {text}" for role, text in record.turns), end="\n\n")


if __name__ == "__main__":
    main()
