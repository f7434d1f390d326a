"""A server that is slow, or that writes without end: one sentence, and what came before is kept."""

import time

import pytest
from asked_server import asks, said, serving, text_in
from said_alone import monologue

from sosie.core.dialogue import Origin
from sosie.core.errors import SosieError
from sosie.core.workspace import Workspace
from sosie.engines.openai_client import LONGEST_ANSWER, OpenAIClient
from sosie.enrich.asking import Asking
from sosie.enrich.budget import Bill
from sosie.enrich.monologues import Piece
from sosie.enrich.store import Answers
from sosie.enrich.templates import read_templates

PIECES = [Piece(monologue(n), Origin(f"p{n}")) for n in range(6)]


def asking(folder, url, timeout=0.3, **bill):
    client = OpenAIClient(url, timeout=timeout)
    return Asking(client, read_templates(None), Answers(Workspace(folder)), Bill(**bill))


def late(body):
    if text_in(body) in [piece.text for piece in PIECES[:4]]:
        time.sleep(0.6)
    return asks(body)


def endless(body):
    return 200, "application/json", b" " * (LONGEST_ANSWER + 2)


def test_a_slow_server_is_told_so_and_the_answers_that_came_are_kept(tmp_path):
    with serving(late) as (url, _):
        first = asking(tmp_path, url)
        assert first.ask_all(PIECES) == "Le serveur met trop de temps à répondre."
        assert sum(first.answer_to(piece) is not None for piece in PIECES) == 2
        patient = asking(tmp_path, url, timeout=5)
        assert patient.ask_all(PIECES) == "" and len(patient.bill._seen) == 6


def test_a_server_that_never_ends_is_hung_up_on(tmp_path):
    with serving(endless) as (url, log), pytest.raises(SosieError, match="répond sans fin"):
        asking(tmp_path, url, timeout=5).ask_all(PIECES)
    assert len(log) == 3


def test_a_server_that_tells_no_usage_is_counted_by_our_estimate(tmp_path):
    with serving(lambda body: said("Et alors ?", body, usage=False)) as (url, _):
        here = asking(tmp_path, url, timeout=5)
        here.ask_all(PIECES)
    assert here.bill.tokens > 0 and not here.answer_to(PIECES[0]).told


@pytest.mark.parametrize("budget", [1, 300, 900])
def test_no_budget_is_passed(tmp_path, budget):
    with serving() as (url, _):
        here = asking(tmp_path, url, timeout=5, budget=budget)
        assert "budget" in here.ask_all(PIECES)
    assert here.bill.tokens <= budget
