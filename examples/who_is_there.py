"""Who is in an export, how many messages, when: nothing is written.

python examples/who_is_there.py "Discussion WhatsApp avec Malo.zip"
"""

import sys

from sosie import SosieError, inspect


def main(path: str) -> None:
    summary = inspect(path)
    print(f"{summary.messages} messages, {summary.conversations} conversations")
    for name, count in sorted(summary.senders.items(), key=lambda item: -item[1]):
        print(f"{count:6} {name}")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SosieError as error:
        sys.exit(f"{error.message} {error.mend}")
