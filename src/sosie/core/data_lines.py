"""A file of JSON values, one a line or all in one array, whoever wrote it; what was not used of it is told.

{"messages": [...]}                  a line each                          what sosie writes
[{"messages": [...]}, ...]           one array, on one line or on many    what notebooks write
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData
from sosie.core.progress import Event, Report

LEFT_OUT = " ; laissée de côté"  # what was done about a whole line
BY_IMPORT = ", que « sosie import » lit"
BETWEEN = re.compile(r"[\s,]*")  # two values of an array
FORMATS = (
    ("ShareGPT", {"conversations"}, BY_IMPORT),
    ("ShareGPT", {"conversation"}, BY_IMPORT),
    ("Alpaca", {"instruction", "output"}, BY_IMPORT),
    ("préférences", {"chosen", "rejected"}, ""),
)

Complaint = Callable[[int, str], None]


def read_records(path: Path, complain: Complaint) -> Iterator[tuple[int, Any]]:
    """(line, value) of each value of a file; `complain(line, reason)` hears of each line that is no JSON."""
    try:
        with path.open(encoding="utf-8-sig", errors="strict") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not isinstance(_value(line), dict):
                    rest = "\n" * (number - 1) + line + file.read()
                    yield from _array(rest) or _lines(StringIO(rest), complain)
                    return
                if line.strip():
                    yield number, _value(line)
                    yield from _lines(file, complain, number + 1)
    except UnicodeDecodeError:
        raise BadData(f"« {path.name} » n'est pas du texte UTF-8.", "Enregistrez-le en UTF-8.") from None
    except OSError:
        raise BadData(f"« {path.name} » ne peut pas être lu.", "Vérifiez le chemin du fichier.") from None


def foreign_format(record: Any) -> str:
    """« du ShareGPT, que « sosie import » lit »; empty for a format that nobody here knows."""
    keys = record.keys() if isinstance(record, dict) else set()
    return next((f"format {name}{how}" for name, wanted, how in FORMATS if wanted <= keys), "")


def tell_left_out(path: Path, complaints: Sequence[tuple[int, str]], report: Report) -> None:
    """What was not used of a file, and what was done, by line: the first five, and how many more."""
    for line, reason in complaints[:5]:
        report(Event("warning", text=f"{path.name}, ligne {line} : {reason}."))
    if len(complaints) > 5:
        report(Event("warning", text=f"… et {len(complaints) - 5} autres lignes de même."))


def _lines(file: Iterator[str], complain: Complaint, start: int = 1) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, start):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                complain(number, "ce n'est pas du JSON" + LEFT_OUT)
            except RecursionError:
                complain(number, "du JSON trop imbriqué" + LEFT_OUT)


def _value(text: str) -> Any:
    """The JSON value of a text; None where it has none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _array(text: str) -> list[tuple[int, Any]]:
    """The values of a text that is one array, or one object on many lines; none where it is neither."""
    whole = _value(text)
    if isinstance(whole, dict):
        return [(1, whole)]
    if not isinstance(whole, list):
        return []
    found: list[tuple[int, Any]] = []
    decoder, at, line = json.JSONDecoder(), text.index("[") + 1, 1 + text.count("\n", 0, text.index("["))
    for _ in whole:
        between = BETWEEN.match(text, at)
        start = between.end() if between else at
        line += text.count("\n", at, start)
        value, end = decoder.raw_decode(text, start)
        found.append((line, value))
        line, at = line + text.count("\n", start, end), end
    return found
