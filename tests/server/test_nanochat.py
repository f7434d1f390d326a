"""nanochat's protocol, as its unmodified page speaks it."""

import pytest
from serving import Broken, Double, serving

from sosie.core.dialogue import Turn
from sosie.server.nanochat_routes import ERROR

PATH = "/chat/completions"


def ask(served, *messages, **more):
    said = [{"role": role, "content": text} for role, text in messages]
    return served.ask(PATH, {"messages": said, "temperature": 0.8, "top_k": 50, "max_tokens": 512, **more})


def test_an_answer_is_a_stream_of_tokens_and_an_end(served):
    answer = ask(served, ("user", "ça va ?"))
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.body.decode() == (
        'data: {"token":"ça","gpu":0}\n\ndata: {"token":" va","gpu":0}\n\n'
        'data: {"token":" ?","gpu":0}\n\ndata: {"done":true}\n\n'
    )


def test_an_empty_answer_that_the_page_gives_back_does_no_harm(served):
    answer = ask(served, ("user", "a"), ("assistant", ""), ("user", "b"))
    assert answer.events == [{"token": "a", "gpu": 0}, {"token": "\nb", "gpu": 0}, {"done": True}]


def test_two_questions_in_a_row_are_one_turn():
    with serving(double := Double()) as served:
        ask(served, ("user", "a"), ("assistant", ""), ("user", "b"), ("assistant", "c"), ("user", "d"))
    (_, turns, _) = double.seen[0]
    assert turns[1:] == (Turn("user", "a\nb"), Turn("assistant", "c"), Turn("user", "d"))


def test_an_error_is_the_last_token_and_is_never_taken_for_an_answer(capsys):
    with serving(Broken()) as served:
        at_once, midway = ask(served, ("user", "0")), ask(served, ("user", "2"))
        for answer, words in ((at_once, ""), (midway, "mot mot ")):
            said = "".join(event.get("token", "") for event in answer.events)
            assert said.startswith(words + ERROR) and "ValueError" in said and "secret" not in said
            assert answer.status == 200 and answer.events[-1] == {"done": True}
    with serving(double := Double()) as served:
        ask(served, ("user", "a"), ("assistant", said), ("user", "b"), ("assistant", ERROR), ("user", "c"))
    (_, turns, _) = double.seen[0]
    assert turns[1:] == (Turn("user", "a"), Turn("assistant", "mot mot "), Turn("user", "b\nc"))
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [{"temperature": 3}, {"top_k": 201}, {"max_tokens": 5000}, {"messages": []}]
)
def test_a_refusal_is_where_the_page_looks_for_it(served, wrong):
    refused = ask(served, ("user", "a"), **wrong)
    assert refused.status == 400 and refused.json["detail"] == refused.json["error"]["message"]


def test_health_and_stats_have_its_fields(served):
    health, stats = served.ask("/health").json, served.ask("/stats").json
    assert health["status"] == "ok" and health["ready"] is True and health["available_workers"] > 0
    assert stats["total_workers"] == stats["available_workers"] + stats["busy_workers"]
    assert {"gpu_id", "device"} == set(stats["workers"][0])
