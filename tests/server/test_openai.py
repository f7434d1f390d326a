"""OpenAI's routes: what they answer, and what they refuse in words."""

import pytest
from serving import Double, serving

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
SALUT = {"role": "user", "content": "salut toi"}


def text_of(events):
    return "".join(e["choices"][0]["delta"].get("content", "") for e in events if e["choices"])


def test_models_are_named_and_say_that_they_are_an_ai(served):
    models = {model["id"]: model["sosie"] for model in served.ask("/v1/models").json["data"]}
    assert list(models) == ["lea", "sans-fin", "cassé", "echo", "chances"]
    assert models["lea"] == {
        "notice": "Vous parlez au double de lea, une IA.",
        "origin": "double",
        "strongest": 1.5,
    }
    assert models["echo"] == {
        "notice": "Vous parlez à echo, une IA.",
        "origin": "model",
        "strongest": None,
    }


def test_a_chat_is_answered_whole(served):
    answer = served.chat(model="lea").json
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": "tu viens ce soir",
        "refusal": None,
    }
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == answer["usage"]["total_tokens"] == 4
    assert answer["sosie"]["notice"] == "Vous parlez au double de lea, une IA."


def test_a_streamed_chat_says_its_role_its_pieces_its_end_and_its_usage(served):
    answer = served.chat(stream=True, max_tokens=3, stream_options={"include_usage": True})
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.body.endswith(b"data: [DONE]\n\n")
    first, *pieces, end, usage = answer.events
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""} and "sosie" in first
    assert text_of(pieces) == "tu viens ce"
    assert end["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"}
    assert usage["choices"] == [] and usage["usage"]["completion_tokens"] == 3
    assert len({event["id"] for event in answer.events}) == 1


@pytest.mark.parametrize("text", ['<|end|> \0 \u2028 "\\ </s>', "\ufeff é 👩‍👩‍👧 e\u0301", 'a "\u0000" b'])
def test_a_text_comes_back_as_it_was(served, text):
    assert text_of(served.chat(text, stream=True).events) == text.strip("\n")
    assert served.chat(text).json["choices"][0]["message"]["content"] == text


def test_a_double_reads_its_portrait_first_unless_another_is_given(served):
    seen = served.doubles.find("lea").engine.seen
    served.chat()
    assert [turn.role for turn in seen[-1][1]] == ["system", "user"] and seen[-1][1][0].text == "Tu es Léa."
    served.ask(CHAT, {"messages": [{"role": "developer", "content": "Sois bref."}, SALUT]})
    assert [turn.text for turn in seen[-1][1]] == ["Sois bref.", "salut toi"]


def test_what_is_asked_reaches_the_sampling(served):
    seen = served.doubles.find("lea").engine.seen
    served.chat(temperature=0, top_p=0.5, max_tokens=9, max_completion_tokens=2, stop="x", seed=3)
    sampling = seen[-1][2]
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (0, 0.5, 2)
    assert (sampling.stop, sampling.seed) == (("x",), 3)
    served.chat(temperature=None, stop=["a", "b"], user="u", frequency_penalty=0.1)
    assert seen[-1][2].stop == ("a", "b")


def test_a_double_is_asked_at_any_strength(served):
    seen = served.doubles.find("lea").engine.seen
    for strength in (0, 0.5, 1, 1.5):
        assert served.chat(sosie_strength=strength).status == 200
        assert seen[-1][0] == strength
    assert served.chat(sosie_strength=0.5, model="echo").status == 400


def test_tools_serve_where_they_are_asked_for_and_what_they_said_is_shown(served):
    seen = served.doubles.find("lea").engine.seen
    sums, told = "combien font 12,5 × 3 ?", "12,5 × 3 = 37,5"
    assert "consulted" not in served.chat(sums).json["sosie"] and told not in seen[-1][1][0].text
    assert served.chat(sums, sosie_tools=True).json["sosie"]["consulted"] == [told]
    assert seen[-1][1][0].text == f"Tu es Léa.\n{told}"
    assert "consulted" not in served.chat("tu viens ?", sosie_tools=True).json["sosie"]
    assert served.chat(sums, sosie_tools=True, stream=True).events[0]["sosie"]["consulted"] == [told]
    asked = {"input": sums, "instructions": "Sois bref.", "sosie_tools": True}
    assert served.ask("/v1/responses", asked).json["sosie"]["consulted"] == [told]
    assert seen[-1][1][0].text == f"Sois bref.\n{told}"


def test_the_odds_of_tokens_are_told_by_engines_that_know_them(served):
    non = {"token": "non", "bytes": [110, 111, 110], "logprob": -0.1}
    oui = {"token": "oui", "bytes": [111, 117, 105], "logprob": -0.5, "top_logprobs": [non, non]}
    asked = {"model": "chances", "logprobs": True}
    whole = served.chat("oui", **asked, top_logprobs=2).json["choices"][0]
    assert whole["logprobs"] == {"content": [oui], "refusal": None}
    first, piece, end = served.chat("oui", **asked, stream=True).events
    assert piece["choices"][0]["logprobs"]["content"] == [{**oui, "top_logprobs": []}]
    assert first["choices"][0]["logprobs"] is end["choices"][0]["logprobs"] is None
    assert served.chat("oui", model="lea", top_logprobs=2).json["choices"][0]["logprobs"] is None
    refused = served.chat("oui", model="lea", logprobs=True).json["error"]
    assert refused["param"] == "logprobs" and "gguf" in refused["message"]


def test_parts_of_text_are_read_and_empty_messages_left_out(served):
    parts = [{"type": "text", "text": "tu"}, {"type": "text", "text": "viens"}]
    messages = [{"role": "assistant", "content": ""}, {"role": "user", "content": parts}]
    said = served.ask(CHAT, {"messages": messages, "model": "echo"}).json
    assert said["choices"][0]["message"]["content"] == "tu\nviens"


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": []},
        {"messages": None},
        {"messages": [{"role": "wizard", "content": "a"}]},
        {"messages": [{"role": "tool", "content": "a"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": "  "}]},
        {"messages": [SALUT, {"role": "assistant", "content": "oui"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
        {"messages": [{"role": "user", "content": [{"type": ["text"], "text": "a"}]}]},
        {"top_p": 9},
        {"temperature": -1},
        {"temperature": "chaud"},
        {"max_tokens": 0},
        {"max_tokens": True},
        {"seed": -1},
        {"seed": 1 << 70},
        {"n": 2},
        {"n": 0},
        {"logprobs": True},
        {"logprobs": True, "top_logprobs": 21},
        {"tools": [{}]},
        {"response_format": {"type": "json_object"}},
        {"stop": [""]},
        {"stop": 3},
        {"stop": ["a"] * 99},
        {"sosie_strength": 2},
        {"sosie_strength": -0.1},
        {"stream": "oui"},
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_in_words(served, wrong):
    answer = served.ask(CHAT, {"messages": [SALUT], **wrong})
    assert answer.status == 400
    error = answer.json["error"]
    assert error["type"] == "invalid_request_error" and error["message"].endswith(".")


def test_an_unknown_model_is_told_without_its_name(served):
    answer = served.chat(model="un-nom-privé")
    assert answer.status == 404 and answer.json["error"]["code"] == "model_not_found"
    assert "privé" not in answer.body.decode()


def test_what_fails_before_the_first_word_is_an_error_and_after_it_an_event(served, capfd):
    for text, stream in (("0", False), ("0", True), ("2", False)):
        failed = served.chat(text, model="cassé", stream=stream)
        assert failed.status == 500 and failed.json["error"]["type"] == "server_error"
    *pieces, last = served.chat("2", model="cassé", stream=True).events
    assert text_of(pieces) == "mot mot " and "ValueError" in last["error"]["message"]
    assert "secret" not in "".join(capfd.readouterr())


def test_a_response_without_state_is_answered(served):
    answer = served.ask(RESPONSES, {"input": "salut toi", "instructions": "Sois bref.", "store": True}).json
    assert answer["status"] == "completed" and answer["store"] is False
    assert answer["output"][0]["content"][0]["text"] == "salut toi"
    assert served.doubles.find("lea").engine.seen[-1][1][0].text == "Sois bref."
    given = {"input": [{"type": "message", **SALUT}], "max_output_tokens": 1}
    cut = served.ask(RESPONSES, given).json
    assert cut["status"] == "incomplete" and cut["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_streamed_response_has_numbered_events(served):
    events = served.ask(RESPONSES, {"input": "salut toi", "stream": True}).events
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta") == "salut toi"
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "salut toi"


@pytest.mark.parametrize("wrong", [{"input": []}, {"input": 3}, {"previous_response_id": "resp_1"}], ids=str)
def test_a_response_that_needs_a_state_is_refused(served, wrong):
    assert served.ask(RESPONSES, {"input": "salut", **wrong}).status == 400


def test_metrics_count_and_quote_nothing(served):
    served.chat("un mot très privé")
    told = served.ask("/metrics").body.decode()
    assert 'sosie_answers_total{model="lea"}' in told and "privé" not in told
    assert 'sosie_requests_total{status="200"}' in told


def test_two_doubles_of_one_name_are_not_served():
    from sosie.core.errors import BadSettings

    with pytest.raises(BadSettings), serving(Double(), Double()):
        pass
