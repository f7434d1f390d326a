"""The server judges only if it can, in both orders, and within the budget."""

import json
import re

import pytest
from asked_server import asks, said, serving, text_in
from said_alone import monologue, prepared

from sosie.core.errors import NothingToDo
from sosie.core.workspace import Workspace
from sosie.engines.openai_client import OpenAIClient
from sosie.enrich.asking import Asking
from sosie.enrich.budget import Bill
from sosie.enrich.questions import WITH_JUDGE
from sosie.enrich.store import Answers
from sosie.enrich.templates import read_templates

SHOWN = r".*quelqu'un :\n(.*)\n\nDeux.*\nA : (.*)\n\nB : (.*)\n\nLequel.*"


def judging(pick):
    """A server that asks its questions, and as judge says what `pick(question, a, b)` does."""

    def chat(body):
        asked = body["messages"][-1]["content"]
        if not asked.startswith("On a posé"):
            return asks(body)
        parts = re.fullmatch(
            r".*quelqu'un :\n(.*)\n\nDeux.*\nA : (.*)\n\nB : (.*)\n\nLequel.*", asked, re.DOTALL
        )
        return said(pick(*parts.groups()), body)

    return chat


def shared(question, text):
    return len(set(re.findall(r"\w{5,}", question.lower())) & set(re.findall(r"\w{5,}", text.lower())))


def enriched(tmp_path, pick, **options):
    project = prepared(tmp_path, [monologue(n) for n in range(6)])
    told = []
    with serving(judging(pick)) as (url, log):
        done = project.enrich(server=url, judge=True, report=lambda event: told.append(event.text), **options)
        again = project.enrich(server=url, judge=True)
    return done, again, " ".join(told), log


def test_a_judge_that_always_says_a_does_not_know_and_the_rules_decide(tmp_path):
    done, again, told, log = enriched(tmp_path, lambda question, a, b: "A")
    assert done.dialogues == 6 and "50\u202f%" in told and "Les règles décident seules" in told
    assert again.tokens == 0 and len(log) == 6 + 40


def test_a_calibrated_judge_refuses_what_it_does_not_recognise(tmp_path):
    def pick(question, a, b):
        if question.startswith("Alors, et"):  # of a generated question it always takes the other text
            return "B" if shared(question, a) > shared(question, b) else "A"
        return "A" if "oui" in a and a_is_own(question, a, b) else "B"

    own = {}

    def a_is_own(question, a, b):
        return own.setdefault(question, a) == a  # what it is shown first is the person's

    done, _, told, _ = enriched(tmp_path, pick)
    assert "100\u202f%" in told
    assert done.dialogues == 0 and done.refused == {"le juge n'y reconnaît pas la réponse": 6}


def test_a_judge_stops_at_the_budget_and_what_was_made_is_kept(tmp_path):
    done, _, told, log = enriched(tmp_path, lambda question, a, b: "A", budget=2500)
    assert done.dialogues == 6 and done.tokens <= 2500 and "budget" in told
    assert [json.loads(body) for body in log if text_in(json.loads(body))]


def test_no_judgement_leaves_this_machine_unless_the_user_said_so(tmp_path):
    told = []
    client = OpenAIClient("https://exemple.fr/v1#grand", "", True, recipient=WITH_JUDGE)
    templates, answers = read_templates(None), Answers(Workspace(tmp_path))
    asking = Asking(client, templates, answers, Bill(), lambda question: False, report=told.append)
    with pytest.raises(NothingToDo, match="Rien n'a été envoyé"):
        asking.expect([templates.judgement("Et ?", "un", "deux")], 8)
    assert "« exemple.fr » va recevoir" in told[0].text and "vingt de vos échanges" in told[0].text
