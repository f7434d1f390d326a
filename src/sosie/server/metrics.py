"""Counts in Prometheus's text format: requests by status, answers, tokens, who waits. No words."""

from collections import Counter
from collections.abc import Iterator

from sosie.server.doubles import Doubles

KIND = "text/plain; version=0.0.4; charset=utf-8"
_OF_DOUBLES = (
    ("answers", "counter", "sosie_answers_total"),
    ("tokens", "counter", "sosie_tokens_total"),
    ("running", "gauge", "sosie_answers_running"),
    ("waiting", "gauge", "sosie_answers_waiting"),
)


def exposition(requests: Counter[int], hangups: int, doubles: Doubles) -> bytes:
    return ("\n".join(_lines(requests, hangups, doubles)) + "\n").encode()


def _lines(requests: Counter[int], hangups: int, doubles: Doubles) -> Iterator[str]:
    yield "# TYPE sosie_requests_total counter"
    for status, count in sorted(requests.items()):
        yield f'sosie_requests_total{{status="{status}"}} {count}'
    yield "# TYPE sosie_hangups_total counter"
    yield f"sosie_hangups_total {hangups}"
    for field, kind, name in _OF_DOUBLES:
        yield f"# TYPE {name} {kind}"
        for served in doubles.all:
            yield f'{name}{{model="{_escaped(served.name)}"}} {getattr(served, field)}'


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
