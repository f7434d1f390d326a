"""Everyday French talk of our own writing: greetings, plans, food, work, moods... and texting.

Each file of `everyday/` is a subject, made of nodes. A node has openings (`?`) and answers (`>`): an answer
fits every opening of its node, or (`>ab`) only those marked with one of its letters (`?a`, `?b`). It may go
on: « answer / what the other says / answer ». Any node of a subject may follow another one. A third of the
dialogues are then rewritten as people type on a phone.

    python -m tools.mini.everyday --count 12000 --show 20
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tools.mini.corpus import Record, Turns
from tools.mini.everyday_grammar import HERE, Filler, read_lexicon
from tools.mini.everyday_register import draw_style, texting

RESERVED = (  # asked by the evaluation: never learnt as they stand
    "Tu fais quoi ce soir ?",
    "Tu viens dimanche ?",
    "Ça va ?",
    "Tu as bien dormi ?",
    "On mange quoi ?",
    "Tu es où ?",
    "C'était bien ta journée ?",
    "Tu veux aller au cinéma avec moi ?",
    "Tu as des nouvelles de ta sœur ?",
    "Tu pars en vacances cet été ?",
)
BRIDGES = ("Et sinon, ", "Au fait, ", "Dis, ", "Sinon, ", "Ah, et ")
SYSTEM = (
    "Tu es {moi_prénom}, {moi_âge} ans, {moi_métier} à {moi_ville}.",
    "Tu es {moi_prénom}. Tu vis à {moi_ville} et tu aimes {moi_activité}.",
    "Tu t'appelles {moi_prénom}, tu es {moi_métier}. Tu réponds simplement, en une ou deux phrases.",
    "Tu es {moi_prénom}, tu as {moi_âge} ans, et tu parles comme avec des amis.",
)
SAME_SUBJECT, BRIDGE, FAREWELL, SYSTEM_SHARE, TEXTING = 0.6, 0.5, 0.2, 0.04, 0.4
# What may lose its capital after a lead-in; anything else (a greeting, a name) stands as it is.
LOWERED = re.compile(
    r"(tu|on|je|j'ai|j'y|il|elle|ça|c'est|c'était|vous|comment|quel|quelle|qui|qu'est-ce|pourquoi|où)\b", re.I
)
FACES = ["😊", "😄", "😉", "😅", "🙂", "😂"]
LENGTHS = (1, 1, 1, 2, 2, 2, 3, 3, 4, 5)  # exchanges


@dataclass
class Node:
    """Openings and answers that all go together. `place`: "first", "last" or "" (anywhere)."""

    name: str
    place: str = ""
    openings: list[tuple[str, str]] = field(default_factory=list)  # letters, pattern
    answers: list[tuple[str, list[str]]] = field(default_factory=list)  # letters, answer and what follows

    def draw(self, rng: Random) -> list[str]:
        """An opening and an answer that fits it, as patterns."""
        letters, opening = rng.choice(self.openings)
        fitting = [chain for only, chain in self.answers if not only or set(only) & set(letters)]
        return [opening, *rng.choice(fitting)]


@dataclass
class Topic:
    name: str
    emoji: list[str] = field(default_factory=list)
    formal: bool = False  # the speakers say « vous »
    nodes: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Script:
    """A dialogue in plain French, before the phone."""

    turns: Turns
    topic: Topic


def read_topic(path: Path) -> Topic:
    topic = Topic(path.stem)
    for line in filter(None, path.read_text("utf-8").splitlines()):
        mark, _, rest = line.partition(" ")
        if mark == "emoji:":
            topic.emoji = rest.split()
        elif mark == "vous":
            topic.formal = True
        elif mark == "==":
            topic.nodes.append(Node(*rest.split()))
        elif mark[0] == "?":
            topic.nodes[-1].openings.append((mark[1:], rest))
        elif mark[0] == ">":
            chain = rest.split(" / ")
            if len(chain) % 2 == 0:
                raise ValueError(f"{path.name}: the answer has no last word: {line}")
            topic.nodes[-1].answers.append((mark[1:], chain))
        else:
            raise ValueError(f"{path.name}: {line}")
    return topic


def read_topics() -> list[Topic]:
    return [read_topic(path) for path in sorted(HERE.glob("*.txt")) if path.name != "lexicon.txt"]


def scripts(seed: int, count: int) -> Iterator[Script]:
    rng, topics, lexicon = Random(seed), read_topics(), read_lexicon()
    weights = [len(topic.nodes) for topic in topics]
    made = 0
    while made < count:
        topic = rng.choices(topics, weights)[0]
        filler = Filler(lexicon, rng, feminine=rng.random() < 0.5)
        turns = tuple(walk(topic, topics, filler, rng))
        if not any(role == "user" and text in RESERVED for role, text in turns):
            made += 1
            yield Script(turns, topic)


def walk(topic: Topic, topics: list[Topic], filler: Filler, rng: Random) -> Iterator[tuple[str, str]]:
    """Exchanges up to a drawn length, node after node; an answer that asks something ends the dialogue."""
    if rng.random() < SYSTEM_SHARE and not topic.formal:
        yield "system", filler.fill(rng.choice(SYSTEM))
    goal, done, seen = rng.choice(LENGTHS), 0, []
    while done < goal:
        if done and rng.random() > SAME_SUBJECT:
            topic = rng.choice([other for other in topics if other.formal == topic.formal])
            filler.forget()
        node = next_node(topic, topics, done, goal, rng)
        if node is None or node in seen:
            topic = rng.choice([other for other in topics if other.formal == topic.formal])
            continue
        seen.append(node)
        lines = filler.fill_all(node.draw(rng))
        if done and not node.place and rng.random() < BRIDGE:
            lines[0] = lead_in(lines[0], rng)
        kept = lines[: 2 * (goal - done)]
        yield from zip(("user", "assistant") * len(kept), kept, strict=False)
        done = goal if kept[-1].endswith("?") else done + len(kept) // 2


def next_node(topic: Topic, topics: list[Topic], done: int, goal: int, rng: Random) -> Node | None:
    """A greeting only opens, a farewell only closes."""
    if done and done == goal - 1 and rng.random() < FAREWELL:
        ends = [node for other in topics if other.formal == topic.formal for node in other.nodes]
        return rng.choice([node for node in ends if node.place == "last"])
    fitting = [node for node in topic.nodes if not node.place or node.place == ("last" if done else "first")]
    fitting = [node for node in fitting if node.place != "last" or done == goal - 1]
    return rng.choice(fitting) if fitting else None


def lead_in(question: str, rng: Random) -> str:
    """« Tu lis quoi ? » -> « Au fait, tu lis quoi ? » (a name keeps its capital)"""
    if not LOWERED.match(question):
        return question
    return rng.choice(BRIDGES) + question[0].lower() + question[1:]


def dialogues(seed: int, count: int) -> Iterator[Record]:
    """Records of source "everyday"; the same seed gives the same ones."""
    rng = Random(f"register {seed}")
    for place, script in enumerate(scripts(seed, count)):
        turns = script.turns
        if not script.topic.formal and rng.random() < TEXTING:
            turns = typed(script, rng)
        yield Record("everyday", "everyday", f"everyday-{seed}-{place}", turns=turns)


def typed(script: Script, rng: Random) -> Turns:
    """One style each; one time in five only one of the two writes that way."""
    styles = {"user": draw_style(rng), "assistant": draw_style(rng)}
    plain = rng.choice(("user", "assistant", "", "", "", "", "", "", "", ""))
    turns = []
    for place, (role, text) in enumerate(script.turns):
        emoji = script.topic.emoji if place < 3 else FACES  # the subject may have changed since
        kept = role in ("system", plain)
        turns.append((role, text if kept else texting(text, styles[role], emoji, rng)))
    return tuple(turns)


def figures(seed: int, count: int) -> dict[str, float]:
    plain, made = [script.turns for script in scripts(seed, count)], list(dialogues(seed, count))
    pairs = [pair for turns in plain for pair in pairs_of(turns)]
    answers = [len(answer.split()) for _, answer in pairs]
    return {
        "distinct dialogues": len({record.turns for record in made}),
        "distinct plain pairs": len(set(pairs)),
        "pairs": len(pairs),
        "mean answer, words": round(sum(answers) / len(answers), 2),
        "megabytes": round(sum(len(text.encode()) for r in made for _, text in r.turns) / 1e6, 2),
        "typed as texting": sum(a != r.turns for a, r in zip(plain, made, strict=True)) / count,
    }


def pairs_of(turns: Turns) -> list[tuple[str, str]]:
    texts = [text for role, text in turns if role != "system"]
    return list(zip(texts[::2], texts[1::2], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=12000)
    parser.add_argument("--show", type=int, default=20, help="dialogues printed")
    options = parser.parse_args()
    records = list(dialogues(options.seed, options.count))
    for record in Random(options.seed).sample(records, min(options.show, len(records))):
        print("\n".join(f"{role[0].upper()} {text}" for role, text in record.turns), end="\n\n")
    for name, value in figures(options.seed, options.count).items():
        print(f"{name:22} {value:,}")


if __name__ == "__main__":
    main()
