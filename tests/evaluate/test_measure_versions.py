"""A figure that changes for the same texts changes its measure's version, or kept scores would be wrong.

To accept a change: raise the version in measure_table.py, run `golden` on the scores of the fixture,
write it to tests/fixtures/measures.json, and read the difference.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sosie.evaluate.measure_table import MEASURES
from sosie.evaluate.scores import Scores

FIXTURE = Path(__file__).parents[1] / "fixtures" / "measures.json"
FIRST = 2  # items of a list that are kept, with its length


def golden(scores: Scores) -> dict[str, Any]:
    record = scores.to_record()
    return {one.name: {"version": one.version, "figures": shortened(record[one.name])} for one in MEASURES}


def shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items() if key != "hashes"}
    if isinstance(value, list):
        return [len(value), *map(shortened, value[:FIRST])]
    return value


def same(one: Any, other: Any) -> bool:
    """The same figures, but for what another processor or library may do to the last digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, abs=1e-3)
    return bool(one == other)


def test_each_measure_has_its_field_in_the_scores_and_a_version(scores):
    record = scores.to_record()
    assert {one.name for one in MEASURES} <= set(record)
    assert len({one.name for one in MEASURES}) == len(MEASURES) and all(one.version > 0 for one in MEASURES)
    assert all(f"{one.name} {one.version}" in record["hashes"]["measures"] for one in MEASURES)


@pytest.mark.parametrize("name", [one.name for one in MEASURES])
def test_the_figures_of_a_version_stay_what_they_were(scores, name):
    kept, now = json.loads(FIXTURE.read_text(encoding="utf-8"))[name], golden(scores)[name]
    assert now["version"] == kept["version"], "another version: write tests/fixtures/measures.json anew"
    assert same(now["figures"], kept["figures"]), f"the figures of « {name} » changed: raise its version"
