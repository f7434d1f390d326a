"""The state of a fleet, one file: a line for each outcome, added as it comes.

 {"format": 1, "verb": "train", "person": "lea", "kind": "", "sentence": "", "seconds": 4.2, ...}

A kill may leave half a line at the end, a bad disk a line that is none: they are skipped, and that person is
looked at again. Nobody is done twice for it: what is done already is seen in the person's folder. No words of
anybody are in it but the folders' names.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sosie.core.workspace import own_file, whole

_FORMAT = 1
STATE = "state.jsonl"
SPARSE = 4  # times as many lines as people: then the file is written anew


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person: done where `kind` is empty, else set aside for an error of that kind."""

    person: str
    kind: str = ""
    sentence: str = ""  # in French
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)  # numbers and marks
    mark: str = ""  # of what was read (people.mark_of)

    @property
    def done(self) -> bool:
        return not self.kind


class Journal:
    """`.fleet/state.jsonl`, read at the beginning and added to."""

    def __init__(self, folder: Path) -> None:
        self.path = own_file(folder / STATE)
        self._late: list[str] = []  # lines that a full disk refused
        self._last: dict[tuple[str, str], Outcome] = {}
        lines = 0
        for verb, outcome in self._read():
            self._last[verb, outcome.person] = outcome
            lines += 1
        if lines > SPARSE * max(1, len(self._last)) or not self._ends_well():
            self._write_anew()

    def last(self, verb: str, person: str) -> Outcome | None:
        return self._last.get((verb, person))

    def outcomes(self, verb: str) -> list[Outcome]:
        return [outcome for (of, _), outcome in self._last.items() if of == verb]

    def seconds(self, verb: str) -> list[float]:
        """What each person took who was done, and was not done already."""
        return [outcome.seconds for outcome in self.outcomes(verb) if outcome.done and outcome.seconds]

    def add(self, verb: str, outcome: Outcome) -> None:
        """What a full disk refuses is written with the next one."""
        self._last[verb, outcome.person] = outcome
        self._late.append(_line(verb, outcome))
        self.flush()

    def flush(self) -> bool:
        """Whether all of it is on the disk."""
        if not self._late:
            return True
        try:
            begins = "" if self._ends_well() else "\n"  # half of a line that was refused
            with self.path.open("a", encoding="utf-8") as file:
                file.write(begins + "".join(self._late))
        except OSError:
            return False
        self._late.clear()
        return True

    def _read(self) -> Iterator[tuple[str, Outcome]]:
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    record = json.loads(line)
                    if record.pop("format") == _FORMAT:
                        yield record.pop("verb"), Outcome(**record)
                except (ValueError, TypeError, KeyError, AttributeError):
                    continue

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            return not end or (file.seek(end - 1) is not None and file.read(1) == b"\n")

    def _write_anew(self) -> None:
        with whole(self.path) as draft:
            lines = (_line(verb, outcome) for (verb, _), outcome in self._last.items())
            draft.write_text("".join(lines), encoding="utf-8")


def _line(verb: str, outcome: Outcome) -> str:
    record = {"format": _FORMAT, "verb": verb, **asdict(outcome)}
    return json.dumps(record, ensure_ascii=False) + "\n"
