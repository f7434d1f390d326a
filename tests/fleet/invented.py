"""Invented people: a few dialogues each, with a word of their own that nobody else says."""

import random

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn

SAID = "salut ouais grave demain on mange où ça marche nickel je passe vers midi t'inquiète à plus"
WORDS = tuple(SAID.split(" "))
PARTS = {"train": 12, "valid": 3, "test": 3}


def planted(number):
    """The word that only this person says."""
    return f"zorglub{number:03}x"


def dialogues(number, count, seed):
    chance = random.Random(1000 * number + seed)

    def say():
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))

    def exchange():
        return (Turn("user", say()), Turn("assistant", f"{planted(number)} {say()}"))

    return [Dialogue(tuple(turn for _ in range(5) for turn in exchange())) for _ in range(count)]


def make_person(folder, number):
    """A prepared folder: 60 replies to learn."""
    (folder / "data").mkdir(parents=True)
    for seed, (part, count) in enumerate(PARTS.items()):
        jsonl.write(folder / "data" / f"{part}.jsonl", dialogues(number, count, seed))


def make_people(root, count, settings="[train]\nepochs = 1\npatience = 0\n"):
    for number in range(count):
        make_person(root / f"p{number:03}", number)
    (root / "sosie.toml").write_text(settings, encoding="utf-8")
    return root
