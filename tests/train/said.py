"""Dialogues of a few words, as many as a test wants."""

import random

from sosie.core.dialogue import Dialogue, Turn

SAID = "salut ouais grave demain on mange où ça marche nickel je passe vers midi t'inquiète à plus"
WORDS = tuple(SAID.split(" "))


def written(number, seed=0, exchanges=3):
    """Dialogues in which the person says « genre » in every reply."""
    chance = random.Random(seed)

    def say():
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))

    def exchange():
        return (Turn("user", say()), Turn("assistant", f"genre {say()}"))

    return [
        Dialogue(tuple(turn for _ in range(chance.randint(1, exchanges)) for turn in exchange()))
        for _ in range(number)
    ]
