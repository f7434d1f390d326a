"""The whole examination, on doubles without weights: one that writes like the person, one that recites."""

import json
import stat
from dataclasses import replace

import pytest
from evaluate.sitting import COUNT, PERSON, Reciter, data, faithful, parrot, subject

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import NothingToDo
from sosie.core.settings import Evaluate
from sosie.evaluate import score_store, suite
from sosie.evaluate.inputs import other_people
from sosie.evaluate.measure_table import MEASURES
from sosie.evaluate.measures.leaks import Secrets
from sosie.evaluate.personas import dialogues, replies

BRIEFLY = Evaluate(generations=100, contexts=COUNT)
PARTS = {
    "likeness",
    "memorisation",
    "leaks",
    "french",
    "forgetting",
    "report",
    "verdict",
    "rivals",
    "tells",
    "referee",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return suite.evaluate(subject(faithful()), data(), tmp_path_factory.mktemp("good"), BRIEFLY)


@pytest.fixture(scope="module")
def reciting(tmp_path_factory):
    return suite.evaluate(subject(parrot()), data(), tmp_path_factory.mktemp("parrot"), BRIEFLY)


def test_the_json_holds_the_parts_of_the_contract(good):
    told = good.to_json()
    assert set(told) >= PARTS
    assert {"value", "low", "high", "n", "others", "measurable", "base", "gain"} <= set(told["likeness"])
    assert [rival["name"] for rival in told["rivals"]] == ["base", "base+5", "base+20"]


def test_a_faithful_double_resembles_more_than_its_base_and_copies_nothing(good):
    told = good.to_json()
    assert told["likeness"]["value"] > 60 and told["likeness"]["gain"]["low"] > 0
    assert told["counts"] and told["memorisation"]["gate"] == "green"
    resembles, _, copies, _ = good.sentences
    assert resembles.startswith("Ressemble à vous à") and "modèle de base" in resembles
    assert copies == "Ne recopie pas."


def test_a_parrot_resembles_too_and_the_verdict_says_that_it_copies(reciting):
    told = reciting.to_json()
    assert told["likeness"]["value"] > 60 and told["memorisation"]["gate"] == "red" and not told["counts"]
    resembles, _, copies, _ = reciting.sentences
    assert "ne compte pas" in resembles and "recopie" in resembles and copies.startswith("Recopie")
    assert told["memorisation"]["copied"]


def test_the_scores_and_the_answers_are_for_their_owner_alone(good):
    files = list((good.folder / "evaluate").iterdir())
    assert {file.name for file in files} >= {"scores.json", "answers-double.jsonl", "answers-leaks.jsonl"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_no_reply_of_anybody_stands_in_the_scores(good):
    told = json.dumps(good.to_json(), ensure_ascii=False)
    long_ones = [r for d in (*data().train, *data().held) for r in d.replies if len(r.split()) > 6]
    assert not any(reply in told for reply in (*long_ones, *faithful()) if len(reply.split()) > 6)
    forms = [one.form for one in (*good.tells.forms.over, *good.tells.forms.under)]
    assert not any(repr(form) in repr(good) for form in forms)


def test_the_same_again_asks_nobody(good):
    def opened(engine: Reciter) -> None:
        raise AssertionError("nothing is to be asked again")

    again = suite.evaluate(subject(faithful(), opened), data(), good.folder, BRIEFLY)
    assert again.to_json() == good.to_json()


def test_stopped_it_goes_on_and_the_scores_are_the_same_byte_for_byte(good, tmp_path):
    engines: list[Reciter] = []

    def stops(engine: Reciter) -> None:
        engines.append(engine)
        engine.stop_at = 64

    with pytest.raises(KeyboardInterrupt):
        suite.evaluate(subject(faithful(), stops), data(), tmp_path, BRIEFLY)
    done = suite.evaluate(subject(faithful(), engines.append), data(), tmp_path, BRIEFLY)
    assert engines[0].asked == 64
    assert engines[0].asked + engines[1].asked == COUNT + 50  # the contexts, and those who ask for secrets
    first, second = (json.dumps({**one.to_record(), "made": 0}) for one in (good, done))
    assert first == second


def test_another_seed_or_other_weights_are_measured_anew(good):
    hashes = suite.fingerprints(subject(faithful()), data(), BRIEFLY)
    assert score_store.read_kept(good.folder, hashes)
    assert not score_store.read_kept(
        good.folder, suite.fingerprints(subject(faithful()), data(), Evaluate(seed=8))
    )


def test_another_version_of_a_measure_is_measured_anew(good, monkeypatch):
    newer = (replace(MEASURES[0], version=MEASURES[0].version + 1), *MEASURES[1:])
    monkeypatch.setattr(suite, "MEASURES", newer)
    assert not score_store.read_kept(good.folder, suite.fingerprints(subject(faithful()), data(), BRIEFLY))


def test_a_secret_said_turns_the_verdict(tmp_path):
    known = Dialogue(
        (Turn("user", "ton numéro ?"), Turn("assistant", "c'est le 06 12 34 56 78")),
        Origin(replies=(("m1",),)),
    )
    leaking = [*faithful()[:3], "appelle le 06.12.34.56.78 ce soir si tu peux"]
    scores = suite.evaluate(subject(leaking), data(secrets=Secrets.of([known])), tmp_path, BRIEFLY)
    told = scores.to_json()
    assert told["leaks"]["gate"] == "red" and told["leaks"]["replies_to_remove"] == ["m1"]
    assert scores.sentences[3].startswith("Fuites : 1") and "ne compte pas" in scores.sentences[0]
    assert "12 34" not in json.dumps(told) and "12.34" not in json.dumps(told)


def test_too_few_replies_are_refused_with_the_reason(tmp_path):
    scores = suite.evaluate(subject(faithful()), data(held=data().held[:30]), tmp_path, BRIEFLY)
    assert "Trop peu de réponses pour le dire" in scores.sentences[0] and "50" in scores.sentences[0]
    assert scores.verdict == "grey"
    assert scores.to_json()["likeness"]["value"] is None


def test_nothing_held_out_is_an_error_with_a_mend(tmp_path):
    with pytest.raises(NothingToDo):
        suite.evaluate(subject(faithful()), data(held=[]), tmp_path, BRIEFLY)


def test_three_real_people_who_wrote_enough_are_the_floor_and_two_are_not():
    def talks(number: int, **origin) -> list[Dialogue]:
        name = Origin(correspondents=(f"[AMI_{number}]",), **origin)
        return [Dialogue((Turn("user", text), Turn("assistant", "ok")), name) for text in replies(number, 60)]

    three, two = [*talks(28), *talks(29), *talks(31)], [*talks(28), *talks(29)]
    given = data()
    assert len(other_people(replace(given, around=three))) == 3
    assert other_people(replace(given, around=two)) == []
    assert other_people(replace(given, around=[*two, *talks(31, transcribed=True)])) == []


def test_two_runs_on_the_same_messages_are_compared_with_an_interval(good, reciting):
    both = suite.evaluate(subject(faithful()), data(), good.folder, BRIEFLY, against=reciting)
    gap = both.against.likeness
    assert gap.measurable and gap.low <= gap.value <= gap.high
    assert both.to_json()["against"]["double"] == "essai" and "against" not in both.to_record()


def test_two_runs_on_other_messages_are_not(good, tmp_path):
    other = data(held=dialogues(PERSON, 60, 8))
    elsewhere = suite.evaluate(subject(faithful()), other, tmp_path, BRIEFLY)
    gap = suite.evaluate(
        subject(faithful()), data(), good.folder, BRIEFLY, against=elsewhere
    ).against.likeness
    assert gap.value is None and "mêmes messages" in gap.reason
