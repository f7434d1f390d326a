"""The verbs that are killed, on invented chats: what is said to each, and what had been done before."""

import random
from dataclasses import dataclass
from pathlib import Path

LINES = """\
{day:02}/03/2024 à 18:{minute:02} - {who}: tu viens {place} avec {asked} ?
{day:02}/03/2024 à 18:{minute:02} - Léa: oui {said} mdr
"""
# No two answers may be near-copies: they would be learnt once, and none kept to measure with. Nor may two
# chats say the same: they would be one, whose other side has another name now.
WORDS = (
    *(
        "train",
        "vélo",
        "bus",
        "cinéma",
        "piscine",
        "marché",
        "soleil",
        "pluie",
        "café",
        "croissant",
        "guitare",
    ),
    *("tambour", "chemise", "jardin", "tomate", "fenêtre", "rideau", "tableau", "crayon", "musée", "bateau"),
    *("plage", "sable", "vent", "orage", "neige", "cerise", "fraise", "melon", "chaussure", "ceinture"),
)
PLACES = ("au parc", "chez Malo", "à la gare", "au ciné", "à la piscine", "au marché", "chez toi")
SETTINGS = """\
[prepare]
silence_minutes = {silence}
[train]
model = "{model}"
epochs = 1.0
rank = 4
group = 32
[evaluate]
contexts = 20
generations = 100
rivals = false
attacks = false
forgetting = false
"""
RUN = "essai"


@dataclass(frozen=True)
class Verb:
    """`words` in a folder where those of `earlier` were done."""

    name: str
    words: tuple[str, ...]
    earlier: tuple[tuple[str, ...], ...]
    silence: int = 180  # minutes, in sosie.toml at the last moment: prepare has something to change


def verbs(exports: Path) -> list[Verb]:
    """The verbs, each after those that it needs, in the order in which a person uses them."""
    first, second = (("import", str(write_export(exports, who)), "--me", "Léa") for who in ("Zoé", "Malo"))
    ready = (first, second, ("prepare",))
    trained = (*ready, ("train", "--name", "ancien"))
    return [
        Verb("import", second, (first,)),
        Verb("prepare", ("prepare",), ready, silence=30),
        Verb("train", ("train", "--name", RUN), trained),
        Verb("evaluate", ("evaluate",), trained),
        Verb("export", ("export", "bundle"), (*trained, ("export", "bundle"))),
        Verb(
            "export",
            ("export", "colab", "--model", "mini"),
            (*trained, ("export", "colab", "--model", "mini")),
        ),
    ]


def write_export(folder: Path, who: str) -> Path:
    """A WhatsApp chat of a month, two hundred messages, with who told."""
    path = folder / f"Discussion WhatsApp avec {who}.txt"
    told = (
        LINES.format(
            day=1 + n // 4,
            minute=n % 60,
            who=who,
            place=PLACES[n % len(PLACES)],
            asked=" ".join(random.Random(f"{who} asks {n}").sample(WORDS, 4)),
            said=" ".join(random.Random(f"{who} {n}").sample(WORDS, 8)),
        )
        for n in range(100)
    )
    path.write_text("".join(told), encoding="utf-8")
    return path


def again(words: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """What the person types after an interruption."""
    run = folder / "runs" / RUN
    if words[0] != "train" or not (run / "plan.json").is_file():
        return words
    return ("train", "--resume", RUN) if not (run / "double" / "double.json").is_file() else ("doctor",)
