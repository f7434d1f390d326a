"""Answers kept on disk: never asked twice, never mixed up."""

import hashlib
import json
from dataclasses import replace

import pytest
from evaluate.sitting import Reciter

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.engines.few_shot import FewShotEngine
from sosie.evaluate.answer_cache import TOGETHER, Speaker, answers, ask, key
from sosie.evaluate.heldout import Context

LINES = [f"réponse numéro {n}" for n in range(1000)]
CONTEXTS = [Context((Turn("user", f"question {n} " + "mot " * n),), "oui") for n in range(150)]


@pytest.fixture
def engine():
    return Reciter(LINES)


def said(engine, folder, weights="w", seed=7, contexts=CONTEXTS):
    speaker = Speaker("double", "le double", engine, weights)
    return [answer.text for answer in answers(speaker, ask(contexts, seed), Sampling(), folder)]


def test_each_context_has_its_own_seed_whatever_the_order(engine, tmp_path):
    first = said(engine, tmp_path / "a")
    assert len(set(first)) > 110
    assert said(engine, tmp_path / "b", contexts=CONTEXTS[::-1]) == first[::-1]


def test_what_was_answered_is_read_and_not_asked(engine, tmp_path):
    first = said(engine, tmp_path)
    assert said(engine, tmp_path) == first and engine.asked == len(CONTEXTS)


@pytest.mark.parametrize("change", [{"weights": "other"}, {"seed": 8}])
def test_other_weights_or_another_seed_are_asked_and_the_old_answers_go(engine, tmp_path, change):
    said(engine, tmp_path)
    said(engine, tmp_path, **change)
    lines = (tmp_path / "answers-double.jsonl").read_text("utf-8").splitlines()
    assert engine.asked == 2 * len(CONTEXTS) and len(lines) == len(CONTEXTS)


def test_a_line_cut_by_a_power_failure_costs_its_own_group_only(engine, tmp_path):
    first = said(engine, tmp_path)
    path = tmp_path / "answers-double.jsonl"
    whole = path.read_text("utf-8")
    path.write_text(whole[:-20], encoding="utf-8")
    assert said(engine, tmp_path) == first and len(CONTEXTS) < engine.asked <= len(CONTEXTS) + TOGETHER
    assert path.read_text("utf-8") == whole


def test_examples_in_front_are_part_of_what_was_asked(engine):
    asked = ask(CONTEXTS[:1], 7)[0]
    exchange = (Turn("user", "ça va ?"), Turn("assistant", "tranquille"))
    bare, shown = (
        Speaker("base", "", one, "w") for one in (engine, FewShotEngine(engine, "Tu tutoies.", [exchange]))
    )
    assert key(bare, asked, Sampling()) != key(shown, asked, Sampling())
    assert key(bare, asked, Sampling()) != key(bare, asked, Sampling(temperature=0.1))


def test_an_answer_as_long_as_allowed_is_told_as_cut(tmp_path):
    speaker = Speaker("double", "", Reciter(["un deux trois"]), "w")
    (answer,) = answers(speaker, ask(CONTEXTS[:1], 7), Sampling(max_tokens=3), tmp_path)
    assert answer.cut


def test_what_is_kept_of_a_question_cannot_be_made_again_from_its_words(engine, tmp_path):
    told, hidden = CONTEXTS, [replace(context, secret=b"of this project") for context in CONTEXTS]
    assert said(engine, tmp_path / "a", contexts=told) == said(engine, tmp_path / "b", contexts=hidden)
    kept = (tmp_path / "b" / "answers-double.jsonl").read_text("utf-8")
    for one in ask(told, 7):
        digest = hashlib.sha256(json.dumps([[["user", one.turns[0].text]], "oui"]).encode()).hexdigest()
        assert digest[:16] not in kept and one.context not in kept and str(one.seed) not in kept
        assert key(Speaker("double", "", engine, "w"), one, Sampling()) not in kept


def test_a_project_has_one_secret_of_its_own(tmp_path):
    here, elsewhere = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    assert here.secret() == here.secret() != elsewhere.secret() and len(here.secret()) == 64
    assert (here.private / "secret").stat().st_mode & 0o777 == 0o600
