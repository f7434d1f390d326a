"""The page's chat: what it asks of the engines, and what it shows while the answers grow."""

import pytest

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.circles import instruction
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.double import Double
from sosie.core.sampling import Sampling
from sosie.core.workspace import closed_folder
from sosie.engines.base import Usage
from sosie.engines.echo import Echo
from sosie.studio import chat_knobs, chat_tab
from sosie.studio.chat_tab import Knobs
from sosie.studio.state import StudioState


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


class Named(Echo):
    """Says its name, word by word."""

    def __init__(self, words):
        super().__init__()
        self.words = words

    def stream(self, turns, sampling):
        yield from self.words.split(" ")
        return Usage()


class AdjustableDouble(Named):
    strength = 1.0

    def __init__(self):
        super().__init__("le double")
        self.base = Named("la base")

    def at(self, strength):
        return Named(f"à {strength}")


def test_two_answers_grow_side_by_side():
    histories = [user("qui es-tu ?")], [user("qui es-tu ?")]
    seen = list(chat_tab.answer([Named("je suis moi"), Named("personne")], histories, Knobs()))
    assert [after[0][-1]["content"] for after in seen] == ["je", "jesuis", "jesuismoi", "jesuismoi"]
    assert {after[1][-1]["content"] for after in seen} == {"personne"}
    assert all(after[0][0] == histories[0][0] for after in seen)


def test_a_base_that_does_not_answer_keeps_its_history():
    histories = [user("a")], [user("a"), assistant("b")]
    *_, last = chat_tab.answer([Named("oui")], histories, Knobs())
    assert last == ([user("a"), assistant("oui")], histories[1])


def test_closing_the_answer_stops_both_engines():
    stopped = []

    class Endless(Echo):
        def stream(self, turns, sampling):
            try:
                while True:
                    yield "encore "
            finally:
                stopped.append(True)

    said = chat_tab.answer([Endless(), Endless()], ([user("a")], [user("a")]), Knobs())
    next(said)
    said.close()
    assert stopped == [True, True]


def test_an_empty_answer_is_seen():
    class Mute(Echo):
        def stream(self, turns, sampling):
            return Usage()
            yield ""

    *_, (last,) = chat_tab.answer([Mute()], ([user("a")],), Knobs())
    assert last[-1] == assistant(chat_tab.SILENT)
    assert chat_tab.turns_of([*last, user("b")], "") == (Turn("user", "a"), Turn("user", "b"))


def test_the_knobs_reach_the_engine():
    knobs = Knobs("", temperature=0.2, top_p=0.5, max_tokens=3)
    assert knobs.sampling(Sampling(repetition_penalty=1.3)) == Sampling(
        temperature=0.2, top_p=0.5, repetition_penalty=1.3, max_tokens=3
    )


def test_gradio_messages_become_turns():
    history = [user([{"type": "text", "text": "a"}, {"type": "file"}]), assistant("b"), user("c")]
    turns = (Turn("system", "Sois bref."), Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"))
    assert chat_tab.turns_of(history, " Sois bref. ") == turns
    assert chat_tab.history_of(turns) == [user("a"), assistant("b"), user("c")]
    assert chat_tab.turns_of([user("a")], "  ") == (Turn("user", "a"),)


def test_answering_again_starts_from_the_last_question():
    history = [user("a"), assistant("b"), user("c"), assistant("d")]
    assert chat_tab.without_last_answer(history, history[:1]) == (history[:3], history[:1])


def test_a_message_is_taken_back_to_be_written_otherwise():
    history = [user("a"), assistant("b"), user("c"), assistant("d")]
    assert chat_tab.take_back(history, history[:3]) == ("c", history[:2], history[:2])
    assert chat_tab.take_back([], []) == ("", [], [])


def test_an_empty_message_is_not_sent():
    assert chat_tab.ask_both("  ", [], []) == ("", [], [])
    assert chat_tab.ask_both(" salut ", [], [user("a")]) == ("", [user("salut")], [user("a"), user("salut")])


@pytest.mark.parametrize(
    "knobs, words",
    [
        (Knobs(), ["le double", "la base"]),
        (Knobs(beside=False), ["le double"]),
        (Knobs(strength=0.5), ["à 0.5", "la base"]),
    ],
)
def test_who_answers_is_chosen(knobs, words):
    assert [view.words for view in chat_tab.views_of(AdjustableDouble(), knobs)] == words


def test_what_fails_under_way_is_a_sentence_that_quotes_nobody(tmp_path):
    class Failing(Echo):
        def stream(self, turns, sampling):
            yield "je "
            raise RuntimeError(f"no memory left for « {turns[-1].text} »")

    state = StudioState(Project(tmp_path), opened=Failing())
    *_, (mine, theirs, told) = chat_tab.Talk(state).say([user("un secret")], [user("un secret")])
    assert mine == [user("un secret")] and "secret" not in told and "RuntimeError" in told


def test_a_model_alone_answers_alone():
    alone = Echo()
    assert chat_tab.views_of(alone, Knobs()) == [alone]


def test_the_circles_of_a_double_are_a_choice_with_who_is_in_each_and_one_manner_is_none(tmp_path):
    names = ("tutoiement, messages courts", "vouvoiement, messages longs")
    folder = closed_folder(tmp_path / "runs" / "lea" / "double")
    project = Project(tmp_path)
    Double("mini", "mini", portrait=instruction(names[0]), circles=names).write(folder)
    circle = chat_knobs.draw_circle(StudioState(project))
    assert circle.choices == [(name, instruction(name)) for name in names]
    assert circle.value == chat_knobs.values(StudioState(project))[0] == instruction(names[0])
    assert circle.visible

    said = (Turn("user", "tu viens ?"), Turn("assistant", "oui"))
    origins = [
        Origin(f"{n:032x}", correspondents=(who,), replies=(("m",),), circle=names[n > 2])
        for n, who in enumerate(("[AMI_1]", "[AMI_2]", "[AMI_3]", "Mme Roy"))
    ]
    jsonl.write(closed_folder(tmp_path / "data") / "train.jsonl", [Dialogue(said, each) for each in origins])
    shown = [label for label, _ in chat_knobs.draw_circle(StudioState(project)).choices]
    assert shown == [f"[AMI_1], [AMI_2] · 1 de plus · {names[0]}", f"Mme Roy · {names[1]}"]

    Double("mini", "mini").write(folder)
    assert not chat_knobs.draw_circle(StudioState(project)).visible
