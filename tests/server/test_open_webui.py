"""What Open WebUI sends, in its shapes: models, a streamed chat, and the calls for a title and for tags."""

import json

from test_openai import text_of

HEADERS = {"Accept": "*/*", "User_Agent": "Python/3.11 aiohttp/3.12", "Authorization": "Bearer "}
TASK = "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history."
TAGS = "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history."
# Fields of its own, and of OpenAI's that a double does not have.
MORE = {
    "metadata": {"task": "title_generation", "chat_id": "8d5c", "user_id": "1"},
    "session_id": "x",
    "tool_ids": None,
    "features": {"web_search": False, "image_generation": False},
    "variables": {"{{USER_NAME}}": "moi"},
    "frequency_penalty": 0.5,
    "logit_bias": {},
    "reasoning_effort": "low",
    "keep_alive": "5m",
    "user": {"name": "moi"},
}


def test_the_models_are_listed_for_a_client_without_a_key(served):
    listed = served.ask("/v1/models", **HEADERS).json
    assert listed["object"] == "list" and all(
        {"id", "object", "created", "owned_by"} <= model.keys() for model in listed["data"]
    )


def test_a_chat_is_streamed_with_its_usage(served):
    body = {
        "stream": True,
        "model": "lea",
        "messages": [
            {"role": "system", "content": ""},
            {"role": "user", "content": "salut"},
            {"role": "assistant", "content": "oui ?"},
            {"role": "user", "content": [{"type": "text", "text": "tu viens"}]},
        ],
        "stream_options": {"include_usage": True},
        "stop": [],
        "seed": None,
        **MORE,
    }
    answer = served.ask("/v1/chat/completions", body, **HEADERS)
    assert answer.status == 200 and text_of(answer.events) == "tu viens"
    assert answer.events[-1]["usage"]["total_tokens"] == 2 and answer.events[-1]["choices"] == []
    for line in answer.body.decode().splitlines():  # it takes a line for an event
        assert not line or line == "data: [DONE]" or json.loads(line.removeprefix("data: "))


def test_a_title_and_tags_are_asked_for_beside_the_chat(served):
    for task, most in ((TASK, {"max_completion_tokens": 1000}), (TAGS, {"max_tokens": 1000})):
        body = {
            "model": "lea",
            "messages": [{"role": "user", "content": task}],
            "stream": False,
            **most,
            **MORE,
        }
        answer = served.ask("/v1/chat/completions", body, **HEADERS).json
        assert answer["choices"][0]["message"]["content"] == task
