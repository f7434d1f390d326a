"""The bundled example: an invented conversation of Léa (« me ») and Malo, and what is asked of her double.

Discussion WhatsApp avec Malo.zip   built from tools/demo/scenes by tools/demo/build.py
questions.txt                       ten fixed questions, none of them in the conversation
"""

from pathlib import Path

FOLDER = Path(__file__).parent
EXPORT = FOLDER / "Discussion WhatsApp avec Malo.zip"
ME = "Léa"


def questions() -> tuple[str, ...]:
    lines = (FOLDER / "questions.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line.strip())
