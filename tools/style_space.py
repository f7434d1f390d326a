"""Fits the style space of R on the invented people's replies, and writes the file that is shipped.

    .venv/bin/python -m tools.style_space

To be run again whenever the people, the habits or the masking change: tests/style/test_distance.py says so.
"""

from sosie.evaluate.measures.reference import SPACE
from sosie.evaluate.personas import background
from sosie.style.distance import fit
from sosie.style.words import usable


def main() -> None:
    fit(usable(background())).write(SPACE)
    print(f"{SPACE.name}: {SPACE.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
