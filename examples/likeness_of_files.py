"""How alike two files of replies are (JSONL: {"text": ...}); of any model, made by any tool.

python examples/likeness_of_files.py reponses.jsonl vraies.jsonl
"""

import sys

from sosie import likeness


def main(given: str, truth: str) -> None:
    score = likeness(given, truth)
    if score.value is None:
        print(score.reason)
    else:
        print(f"R = {score.value:.0f} ({score.low:.0f} à {score.high:.0f}, n = {score.n})")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
