"""nanochat's protocol, as its unmodified page speaks it."""

import pytest

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
    assert answer.events == [{"token": "b", "gpu": 0}, {"done": True}]


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
