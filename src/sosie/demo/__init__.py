"""The bundled example: an invented conversation of Léa (« me ») and Malo, and what is asked of her double.

Discussion WhatsApp avec Malo.zip   built from tools/demo/scenes by tools/demo/build.py
questions.txt                       ten fixed questions, none of them in the conversation
tics.txt                            five habits of Léa's, as patterns, listed before any training
"""

from pathlib import Path

FOLDER = Path(__file__).parent
EXPORT = FOLDER / "Discussion WhatsApp avec Malo.zip"
ME = "Léa"


def questions() -> tuple[str, ...]:
    return _lines("questions.txt")


def tics() -> tuple[str, ...]:
    """Regular expressions, to be searched for without regard to case."""
    return _lines("tics.txt")


def _lines(name: str) -> tuple[str, ...]:
    return tuple(line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if line.strip())
