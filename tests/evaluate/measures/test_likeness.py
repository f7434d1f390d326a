"""R where it is refused, compared and explained; on real voices; and the files it reads."""

import json
import random
import subprocess
import sys

import pytest

from sosie.core.errors import BadData
from sosie.evaluate.measures.likeness import compare_likeness, difference, likeness, measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.personas import BASELINE, replies
from sosie.evaluate.replies import read_replies
from sosie.evaluate.statistics import halves

TRUTH = replies(33, 200, 1)
GIVEN = replies(33, 200, 3, strength=0.5)
OTHERS = [replies(number, 200) for number in BASELINE[:5]]


def test_r_is_refused_on_few_replies_and_raw_is_there_all_the_same():
    measured = likeness(GIVEN[:49], TRUTH, OTHERS)
    assert not measured.measurable
    assert measured.value is measured.low is measured.high is None
    assert measured.raw is not None
    assert "au moins 50 réponses" in measured.reason


def test_r_is_refused_without_three_others():
    measured = likeness(GIVEN, TRUTH, OTHERS[:2])
    assert not measured.measurable and measured.others == 2
    assert "3 autres personnes" in measured.reason and measured.raw is not None


def test_somebody_who_said_next_to_nothing_is_no_other():
    measured = likeness(GIVEN, TRUTH, [*OTHERS[:3], OTHERS[3][:10]])
    assert measured.measurable and measured.others == 3
    assert any("écartées" in warning for warning in measured.warnings)


def test_r_is_refused_where_the_others_are_the_person():
    measured = likeness(GIVEN, TRUTH, [replies(33, 200, seed) for seed in (20, 21, 22, 23)])
    assert not measured.measurable
    assert "ne se distingue pas" in measured.reason


def test_without_others_invented_people_are_the_floor_and_it_is_said():
    measured = likeness(GIVEN, TRUTH)
    assert measured.measurable and measured.invented_floor and measured.others == len(BASELINE)
    assert any("inventées" in warning for warning in measured.warnings)


@pytest.mark.parametrize(
    ("given", "truth"), [([], TRUTH), (GIVEN, []), (["ok"] * 99, TRUTH), (["oui", "a b c"], TRUTH)]
)
def test_nothing_to_compare_is_a_refusal_and_no_crash(given, truth):
    measured = likeness(given, truth, OTHERS)
    assert not measured.measurable and measured.raw is None and measured.reason
    json.dumps(measured.to_json(), allow_nan=False)


def test_few_replies_and_many_short_ones_are_warned_of():
    measured = likeness([*GIVEN[:100], *["ok"] * 100], TRUTH, OTHERS)
    assert measured.measurable
    assert any("intervalle est large" in warning for warning in measured.warnings)
    assert any("moins de 3 mots" in warning for warning in measured.warnings)


def test_a_stranger_shows_zero_and_keeps_its_raw_value():
    measured = likeness(["Sure, here is a **list** of things:\n- one\n- two"] * 200, TRUTH, OTHERS)
    assert measured.value == measured.low == measured.high == 0
    assert measured.raw_low <= measured.raw <= measured.raw_high < 0


def test_the_interval_surrounds_the_value_and_its_numbers_are_json():
    measured = likeness(GIVEN, TRUTH, OTHERS)
    assert measured.low < measured.value < measured.high
    record = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    contract = {"value", "raw", "low", "high", "n", "others", "measurable", "reason"}
    assert contract <= set(record)
    assert set(record["hashes"]) == {"background", "others", "truth", "given"}
    assert 0 <= record["drift"] < 60


def test_a_parrot_has_a_hundred_which_is_why_memorisation_stands_beside():
    assert likeness(TRUTH, TRUTH, OTHERS).value == 100


def test_what_betrays_the_model_is_named_first():
    shouting = [text.upper() for text in TRUTH]
    rows = likeness(shouting, TRUTH, OTHERS).contributions
    assert rows[0].name == "capitals"
    assert rows[0].given > rows[0].truth
    assert sum(row.share for row in rows) == pytest.approx(1)


def test_very_many_replies_are_drawn_from_and_not_all_compared():
    many = replies(33, 3000, 5)
    measured = likeness(many, TRUTH, OTHERS)
    assert measured.n == len([text for text in TRUTH if len(text.split()) >= 3])
    assert measured.raw > 70


def test_a_better_imitator_is_surely_better_on_the_same_contexts():
    better, worse = (replies(33, 200, 3, strength) for strength in (0.9, 0.3))
    found = difference(better, worse, TRUTH, OTHERS)
    assert found.measurable and 0 < found.low < found.value < found.high
    reference = make_reference(TRUTH, OTHERS)
    assert found.value == pytest.approx(
        measure_likeness(reference, better).raw - measure_likeness(reference, worse).raw, abs=1e-6
    )
    back = compare_likeness(reference, worse, better)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_a_model_does_not_differ_from_itself():
    found = difference(GIVEN, GIVEN, TRUTH, OTHERS)
    assert found.value == found.low == found.high == 0


def test_a_difference_is_refused_with_the_same_reasons():
    found = difference(GIVEN[:30], GIVEN[:30], TRUTH, OTHERS)
    assert not found.measurable and found.value is None and "50" in found.reason


def test_halves_are_halves_without_replacement():
    import numpy as np

    rows = halves(41, np.random.default_rng(0))
    assert set(np.unique(rows)) == {0.0, 1.0} and (rows.sum(axis=1) == 20).all()
    assert len({tuple(row) for row in rows}) == len(rows)


def test_each_voice_is_nearest_to_itself(shared):
    """Plays, a parliament, recordings: no chat, few replies, and R refused for most; raw still ranks them."""
    folder = shared / "data" / "personas"
    if not folder.is_dir():
        pytest.skip("../shared is not here")
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    learnt, held = (
        {name: read_replies(folder / name / f"{part}.jsonl") for name in names}
        for part in ("train", "heldout")
    )
    for name in names:
        reference = make_reference(held[name], [held[other] for other in names if other != name])
        raw = {other: measure_likeness(reference, learnt[other][: len(held[name])]).raw for other in names}
        assert max(raw, key=raw.__getitem__) == name, raw


def test_replies_are_read_from_texts_and_from_dialogues(tmp_path):
    path, complaints = tmp_path / "r.jsonl", []
    lines = [
        '\ufeff{"text": "bah jsp"}',
        "",
        '{"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "oui"}, '
        '{"role": "assistant", "content": [{"type": "text", "text": "dans 10 min"}]}, '
        '{"role": "user", "content": "ok"}, {"role": "assistant", "content": "bis"}]}',
        "pas du json",
        "[1]",
        '{"text": "  "}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_replies(path, lambda line, reason: complaints.append(line))
    assert found == ["bah jsp", "oui\ndans 10 min", "bis"]
    assert complaints == [4, 5, 6]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}\n"])
def test_a_file_without_a_reply_is_told_in_a_sentence(tmp_path, content):
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadData) as told:
        read_replies(path)
    assert "r.jsonl" in told.value.message and told.value.mend


def test_a_missing_file_is_told_in_a_sentence(tmp_path):
    with pytest.raises(BadData):
        read_replies(tmp_path / "absent.jsonl")


def test_the_seed_is_told_and_changes_only_the_interval():
    one, two = likeness(GIVEN, TRUTH, OTHERS, seed=1), likeness(GIVEN, TRUTH, OTHERS, seed=2)
    assert one.raw == pytest.approx(two.raw) and one.low != two.low and (one.seed, two.seed) == (1, 2)
    random.seed(0)  # no other randomness has a say
    assert likeness(GIVEN, TRUTH, OTHERS, seed=1) == one


def test_it_needs_no_classifier_library():
    """Whose import would be most of what the verb costs."""
    code = (
        "import sys; from sosie.evaluate.measures.likeness import likeness; "
        "from sosie.evaluate.personas import replies; "
        "print(likeness(replies(30, 200, 1), replies(30, 200, 2)).n, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n, loaded = done.stdout.split()
    assert int(n) > 190 and loaded == "False"
