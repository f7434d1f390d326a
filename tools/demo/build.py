"""Builds the bundled example export of `sosie demo` from the scenes written by hand beside this file.

    python tools/demo/build.py            checks the scenes, then writes src/sosie/demo/*.zip
    python tools/demo/build.py --check    checks only

The scenes (scenes/*.txt, read in the order of their names) are written like this:

    @ 2025-09-14 19:02        a scene begins (local time, more than three hours after the last one)
    M: Tu es où ?             Malo says; `L:` for Léa
    + Réponds.                the same person again, at once: a burst
    .. 40                     forty minutes pass
    ! Appel vocal manqué      a notice: WhatsApp speaks, nobody's words
    # note                    a remark for the writer, left out

Inside a message `\n` is a line break. A text may begin with `[photo]` (the rest is the caption), or be
`[média]` or `[supprimé]`, and may end with `[modifié]`. Minutes between messages are drawn from a fixed
seed and the zip's own date is fixed, so the same scenes always give the same bytes.
"""

import random
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import checks  # noqa: E402  (beside this file)

ROOT = Path(__file__).resolve().parents[2]
SCENES = Path(__file__).resolve().parent / "scenes"
DEMO = ROOT / "src" / "sosie" / "demo"
NAME = "Discussion WhatsApp avec Malo"
PEOPLE = {"L": "Léa", "M": "Malo"}
OWNER = "L"
SEED = 20250908
ZIP_DATE = (2026, 6, 14, 12, 0, 0)
SCENE = re.compile(r"@ (\d{4}-\d\d-\d\d \d\d:\d\d)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the export: `who` is a key of PEOPLE, or None for a notice."""

    at: datetime
    who: str | None
    text: str


class BadScene(ValueError):
    """A line of a scene that cannot be understood, with its file and number."""


def entries(folder: Path = SCENES, seed: int = SEED) -> Iterator[Entry]:
    """All scenes in time order, with minutes drawn from `seed`."""
    draw = random.Random(seed)
    for path in sorted(folder.glob("*.txt")):
        now, who = None, None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            where = f"{path.name}:{number}"
            if not line.strip() or line.startswith("#"):
                continue
            if start := SCENE.match(line):
                now, who = datetime.strptime(start[1], "%Y-%m-%d %H:%M"), None
                continue
            if now is None:
                raise BadScene(f"{where}: a line before the first scene")
            mark, _, text = line.partition(" ")
            if mark == "..":
                now += timedelta(minutes=int(text))
            elif mark == "!":
                yield Entry(now, None, text)
            elif mark == "+" and who:
                now += timedelta(minutes=draw.choice((0, 0, 0, 1)))
                yield Entry(now, who, text)
            elif mark[:-1] in PEOPLE and mark.endswith(":"):
                now += timedelta(minutes=0 if who is None else draw.choice((0, 1, 1, 1, 2, 2, 3, 5)))
                who = mark[:-1]
                yield Entry(now, who, text)
            else:
                raise BadScene(f"{where}: « {line[:40]} »")


def export_text(said: list[Entry]) -> str:
    """The export as WhatsApp for Android writes it in French: `12/03/2026, 10:02 - Nom: texte`."""
    photos: dict[str, int] = {}
    return "".join(f"{e.at:%d/%m/%Y, %H:%M} - {_body(e, photos)}\n" for e in said)


def _body(entry: Entry, photos: dict[str, int]) -> str:
    if entry.who is None:
        return entry.text
    return f"{PEOPLE[entry.who]}: {_words(entry, photos)}"


def _words(entry: Entry, photos: dict[str, int]) -> str:
    text = entry.text.replace("\\n", "\n")
    if text == "[média]":
        return "<Médias omis>"
    if text == "[supprimé]":
        return "Vous avez supprimé ce message" if entry.who == OWNER else "Ce message a été supprimé"
    if text.endswith(" [modifié]"):
        text = text.removesuffix("[modifié]") + "<Ce message a été modifié>"
    if text.startswith("[photo]"):
        day = f"{entry.at:%Y%m%d}"
        photos[day] = photos.get(day, -1) + 1
        caption = text.removeprefix("[photo]").strip()
        file = f"\u200eIMG-{day}-WA{photos[day]:04d}.jpg (fichier joint)"
        return f"{file}\n{caption}" if caption else file
    return text


def write_zip(text: str, path: Path) -> None:
    """One stored-date, deflated entry: the bytes depend on `text` and zlib alone."""
    info = zipfile.ZipInfo(f"{NAME}.txt", date_time=ZIP_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, text.encode("utf-8"), compresslevel=9)


def main(arguments: list[str]) -> int:
    text = export_text(list(entries()))
    questions, tics = checks.lines(DEMO / "questions.txt"), checks.lines(SCENES.parent / "tics.txt")
    report = checks.examine(text, questions, tics)
    print("\n".join(report.figures))
    if report.faults:
        print("\n".join(f"FAULT {fault}" for fault in report.faults))
        return 1
    if "--check" not in arguments:
        write_zip(text, DEMO / f"{NAME}.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
