"""The invented people of benchmarks/fleet.py: 60 replies each, and a word that nobody else says."""

import json
import os
import random
import signal
from contextlib import suppress
from pathlib import Path

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import ADAPTER

SAID = "salut ouais grave demain on mange où ça marche nickel je passe vers midi t'inquiète à plus"
RECIPE = {"epochs": 1.0, "patience": 0, "model": "mini"}
PARTS = {"train": 12, "valid": 3, "test": 3}


def planted(number: int) -> str:
    return f"zorglub{number:04}x"


def make_people(root: Path, count: int) -> Path:
    """Prepared folders, and the settings of all; what is there already stays."""
    for number in range(count):
        chance, folder = random.Random(number), root / f"p{number:04}" / "data"
        if folder.is_dir():
            continue
        folder.mkdir(parents=True)
        for part, dialogues in PARTS.items():
            jsonl.write(folder / f"{part}.jsonl", [invented(number, chance) for _ in range(dialogues)])
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in RECIPE.items())
    (root / "sosie.toml").write_text(f"[train]\n{lines}", encoding="utf-8")
    return root


def invented(number: int, chance: random.Random) -> Dialogue:
    def say() -> str:
        return " ".join(chance.choices(SAID.split(), k=chance.randint(1, 6)))

    turns = [(Turn("user", say()), Turn("assistant", f"{planted(number)} {say()}")) for _ in range(5)]
    return Dialogue(tuple(turn for pair in turns for turn in pair))


def adapters(root: Path) -> dict[str, bytes]:
    """By person. AssertionError where somebody has two."""
    found: dict[str, bytes] = {}
    for path in sorted(root.glob(f"*/runs/*/double/{ADAPTER}")):
        name = path.relative_to(root).parts[0]
        assert name not in found, f"{name} was trained twice"
        found[name] = path.read_bytes()
    return found


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
