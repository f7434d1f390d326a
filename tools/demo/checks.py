"""What the example export must hold for the demonstration to prove something.

Covered: numbers of messages and turns, distinct messages, the share of each tic, runs of six words shared by
two of Léa's turns, silences, no question of the fixed list asked word for word.
Not covered: whether it is well written.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

ME, FRIEND = "Léa", "Malo"
HEADER = re.compile(r"^(\d\d/\d\d/\d{4}, \d\d:\d\d) - (?:(Léa|Malo): )?(.*)$")
EDITED = " <Ce message a été modifié>"
WORDLESS = {"<Médias omis>", "Ce message a été supprimé", "Vous avez supprimé ce message"}
ATTACHED = "(fichier joint)"
SILENCE = timedelta(hours=3)
RUN = 6


@dataclass(frozen=True, slots=True)
class Said:
    """A message with words; `scene` counts the silences of three hours before it."""

    at: datetime
    author: str
    text: str
    scene: int


@dataclass(slots=True)
class Report:
    figures: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def want(self, right: bool, sentence: str) -> None:
        """Notes a figure, and the same sentence as a fault when it is not `right`."""
        (self.figures if right else self.faults).append(sentence)


def lines(path: Path) -> tuple[str, ...]:
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def entries(text: str) -> list[tuple[datetime, str | None, str]]:
    """(time, author or None for a notice, text) for each entry of the export, placeholders included."""
    found: list[tuple[datetime, str | None, str]] = []
    for line in text.splitlines():
        if header := HEADER.match(line):
            found.append((datetime.strptime(header[1], "%d/%m/%Y, %H:%M"), header[2], header[3]))
        else:
            at, author, before = found[-1]
            found[-1] = (at, author, f"{before}\n{line}")
    return found


def said(text: str) -> list[Said]:
    """The messages that hold words of their author: no notice, no placeholder; captions are kept."""
    kept: list[Said] = []
    scene, last = 0, None
    for at, author, words in entries(text):
        if author is None:
            continue
        if last is not None and at - last > SILENCE:
            scene += 1
        last = at
        words = words.removesuffix(EDITED)
        if ATTACHED in words:
            words = words.partition("\n")[2]
        if words and words not in WORDLESS:
            kept.append(Said(at, author, words, scene))
    return kept


def turns(messages: list[Said], author: str) -> list[str]:
    """What `author` said in a row inside one scene, messages joined by line breaks."""
    made: list[str] = []
    before: Said | None = None
    for message in messages:
        if message.author == author:
            same = before is not None and before.author == author and before.scene == message.scene
            if same:
                made[-1] += "\n" + message.text
            else:
                made.append(message.text)
        before = message
    return made


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def shared_runs(own: list[str], length: int = RUN) -> Iterator[tuple[str, str, str]]:
    """(run, turn, earlier turn) for each run of `length` words that two different turns share."""
    seen: dict[tuple[str, ...], int] = {}
    for number, turn in enumerate(own):
        tokens = words(turn)
        for start in range(len(tokens) - length + 1):
            run = tuple(tokens[start : start + length])
            first = seen.setdefault(run, number)
            if first != number:
                yield " ".join(run), turn, own[first]


def share(pattern: str, own: list[str]) -> float:
    return sum(bool(re.search(pattern, turn.lower())) for turn in own) / len(own)


def examine(text: str, questions: tuple[str, ...], tics: tuple[str, ...]) -> Report:
    """Every bar of the example export, as sentences; `faults` is empty when all are met."""
    report = Report()
    messages = said(text)
    own, other = turns(messages, ME), turns(messages, FRIEND)
    _count(report, text, messages, own)
    _tics(report, own, other, tics)
    for run, turn, earlier in shared_runs(own):
        report.faults.append(f"« {run} » is in « {turn} » and in « {earlier} »")
    asked = {" ".join(words(m.text)) for m in messages} & {" ".join(words(q)) for q in questions}
    report.want(not asked, f"fixed questions asked word for word in the export: {sorted(asked)}")
    report.want(len(questions) == 10, f"{len(questions)} fixed questions")
    return report


def _count(report: Report, text: str, messages: list[Said], own: list[str]) -> None:
    every = entries(text)
    dated = [at for at, _, _ in every]
    report.want(dated == sorted(dated), "entries are in time order")
    spoken = sum(author is not None for _, author, _ in every)
    report.want(1500 <= spoken <= 1700, f"{spoken} messages ({len(every) - spoken} notices)")
    distinct = len({m.text for m in messages}) / len(messages)
    report.want(distinct >= 0.8, f"{distinct:.1%} of {len(messages)} messages with words are distinct")
    mean = sum(len(words(turn)) for turn in own) / len(own)
    report.want(len(own) >= 550, f"{len(own)} turns of {ME}")
    report.want(6 <= mean <= 14, f"{mean:.1f} words a turn of {ME}")
    report.want(messages[-1].scene >= 100, f"{messages[-1].scene + 1} scenes")
    late = [turn for turn in own[int(len(own) * 0.7) :] if len(words(turn)) >= 3]
    report.want(len(late) >= 100, f"{len(late)} late turns (last 30 %) of three words or more")


def _tics(report: Report, own: list[str], other: list[str], tics: tuple[str, ...]) -> None:
    report.want(len(tics) == 5, f"{len(tics)} tics")
    for tic in tics:
        report.want(share(tic, own) >= 0.12, f"{share(tic, own):.1%} of {ME}'s turns hold {tic}")
        report.want(share(tic, other) == 0, f"{share(tic, other):.1%} of {FRIEND}'s turns hold {tic}")
    anywhere = share("|".join(tics), own)
    report.want(anywhere >= 0.8, f"{anywhere:.1%} of {ME}'s turns hold a tic")
    firsts = Counter(tic for turn in own for tic in tics if re.match(tic, turn.lower()))
    report.figures.append(f"{sum(firsts.values()) / len(own):.1%} of {ME}'s turns begin with a tic")
