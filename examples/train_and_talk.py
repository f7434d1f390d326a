"""From an export to an answer, in one script: mini, on this machine, without network.

python examples/train_and_talk.py EXPORT.zip "Léa" folder
"""

import sys
from pathlib import Path

from sosie import Project


def main(export: str, me: str, folder: Path) -> None:
    project = Project(folder)
    project.import_([export], me=[me])
    project.prepare()
    trained = project.train(model="mini", name="essai", epochs=1)
    print(f"perte {trained.valid_loss_before:.2f} -> {trained.valid_loss:.2f}")
    with project.open("essai") as double:
        chat = double.chat(seed=5)
        for question in ("tu fais quoi ce soir ?", "et demain ?"):
            print(f"- {question}\n- {chat.say(question)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
