"""The page's chat: what it asks of the engine, and what it shows while the answer grows."""

import pytest

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import Usage
from sosie.engines.echo import Echo
from sosie.studio import chat_tab
from sosie.studio.chat_tab import Knobs


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def test_an_answer_grows_at_the_end_of_the_history():
    history = [user("tu viens ce soir")]
    seen = list(chat_tab.answer({"double": Echo()}, history, Knobs("double")))
    assert [after[-1]["content"] for after in seen] == ["tu", "tu viens", "tu viens ce", "tu viens ce soir"]
    assert all(after[0] == history[0] for after in seen)


def test_closing_the_answer_stops_the_engine():
    stopped = []

    class Endless(Echo):
        def stream(self, turns, sampling):
            try:
                while True:
                    yield "encore "
            finally:
                stopped.append(True)

    said = chat_tab.answer({"double": Endless()}, [user("a")], Knobs("double"))
    next(said)
    said.close()
    assert stopped == [True]


def test_an_empty_answer_is_seen():
    class Mute(Echo):
        def stream(self, turns, sampling):
            return Usage()
            yield ""

    (last,) = chat_tab.answer({"double": Mute()}, [user("a")], Knobs("double"))
    assert last[-1] == assistant(chat_tab.SILENT)
    assert chat_tab.turns_of([*last, user("b")], "") == (Turn("user", "a"), Turn("user", "b"))


def test_the_knobs_reach_the_engine():
    knobs = Knobs("double", "", temperature=0.2, top_p=0.5, max_tokens=3)
    assert knobs.sampling(Sampling(repetition_penalty=1.3)) == Sampling(
        temperature=0.2, top_p=0.5, repetition_penalty=1.3, max_tokens=3
    )


def test_gradio_messages_become_turns():
    history = [user([{"type": "text", "text": "a"}, {"type": "file"}]), assistant("b"), user("c")]
    assert chat_tab.turns_of(history, " Sois bref. ") == (
        Turn("system", "Sois bref."),
        Turn("user", "a"),
        Turn("assistant", "b"),
        Turn("user", "c"),
    )
    assert chat_tab.turns_of([user("a")], "  ") == (Turn("user", "a"),)


def test_answering_again_starts_from_the_last_question():
    history = [user("a"), assistant("b"), user("c"), assistant("d")]
    assert chat_tab.without_last_answer(history) == history[:3]


def test_an_empty_message_is_not_sent():
    assert chat_tab.asked("  ", []) == ("", [])
    assert chat_tab.asked(" salut ", []) == ("", [user("salut")])


def test_a_double_shows_its_base_too():
    class Double(Echo):
        base, strength = Echo(), 1.0

        def at(self, strength):
            return self

    assert list(chat_tab.views_of(Double())) == [chat_tab.DOUBLE, chat_tab.BASE]
    assert list(chat_tab.views_of(Echo())) == ["echo"]


@pytest.mark.parametrize("name", [chat_tab.DOUBLE, chat_tab.BASE])
def test_the_view_that_is_chosen_answers(name):
    class Named(Echo):
        def __init__(self, word):
            super().__init__()
            self.word = word

        def stream(self, turns, sampling):
            yield self.word
            return Usage()

    views = {chat_tab.DOUBLE: Named(chat_tab.DOUBLE), chat_tab.BASE: Named(chat_tab.BASE)}
    assert list(chat_tab.answer(views, [user("a")], Knobs(name)))[-1][-1] == assistant(name)
