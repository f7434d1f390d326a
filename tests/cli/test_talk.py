"""The conversation in a terminal: several lines, commands, Ctrl-C, and nothing that moves the cursor."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from sosie.cli import talk as room
from sosie.cli import typed
from sosie.cli.ask_once import ask_once
from sosie.cli.console import printable
from sosie.cli.main import _run
from sosie.core.errors import BadSettings
from sosie.core.sampling import Sampling
from sosie.engines.base import Usage
from sosie.engines.echo import Echo


@pytest.fixture
def say(monkeypatch):
    """Type these lines to an engine; gives what was shown. A line that is an exception is raised."""

    def say_all(*lines, engine=None, **more):
        waiting = iter(lines)

        def ask(prompt):
            line = next(waiting, EOFError())
            if isinstance(line, BaseException):
                raise line
            return line

        monkeypatch.setattr(typed, "asker", lambda: ask)
        shown = Console(file=io.StringIO(), width=200)
        room.talk(engine or Echo(), shown, **more)
        return shown.file.getvalue()

    return say_all


class Listening(Echo):
    """An echo that remembers what it was told."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def stream(self, turns, sampling):
        self.heard.append([(turn.role, turn.text) for turn in turns])
        return super().stream(turns, sampling)


def test_a_message_is_answered_and_remembered(say):
    engine = Listening()
    assert "echo › tu viens ?" in say("tu viens ?", "et Malo ?", engine=engine)
    assert engine.heard[1] == [("user", "tu viens ?"), ("assistant", "tu viens ?"), ("user", "et Malo ?")]


def test_several_lines_make_one_message(say):
    engine = Listening()
    say("un \\", "deux", '"""trois', "quatre", 'cinq"""', engine=engine)
    assert [heard[-1][1] for heard in engine.heard] == ["un\ndeux", "trois\nquatre\ncinq"]


def test_the_instruction_is_changed_shown_and_taken_away(say):
    engine = Listening()
    shown = say("/système Sois bref.", "/systeme", "a", "/système -", "/recommencer", "b", engine=engine)
    assert "Consigne : Sois bref." in shown
    assert engine.heard[0][0] == ("system", "Sois bref.")
    assert engine.heard[1] == [("user", "b")]


def test_a_mistyped_command_names_the_nearest_and_quitter_leaves(say):
    shown = say("/quiter", "/quitter", "jamais dit")
    assert "/quitter" in shown and "jamais dit" not in shown and "À bientôt." in shown


@pytest.mark.parametrize("word", ["/quitter", "/exit", "/quit", "/EXIT"])
def test_whichever_word_one_leaves_by_is_known(say, word):
    shown = say(word, "encore là ?")
    assert "encore là" not in shown and "n'est pas une commande" not in shown and "À bientôt" in shown


def test_ctrl_c_stops_the_answer_and_not_the_program(say):
    class Stopped(Listening):
        def stream(self, turns, sampling):
            self.heard.append([(turn.role, turn.text) for turn in turns])
            yield "dé"
            if len(self.heard) == 1:
                raise KeyboardInterrupt
            return Usage()

    engine = Stopped()
    shown = say("un", "deux", engine=engine)
    assert "(arrêté)" in shown
    assert engine.heard[1] == [("user", "un"), ("assistant", "dé"), ("user", "deux")]


def test_ctrl_c_twice_at_the_prompt_leaves(say):
    shown = say(KeyboardInterrupt(), KeyboardInterrupt(), "jamais dit")
    assert "quitter" in shown and "jamais dit" not in shown


def test_base_and_double_change_places(say):
    class Double(Listening):
        name = "Léa"

        def __init__(self):
            super().__init__()
            self.base, self.strength = Listening(), 1.0

        def at(self, strength):
            return self

    engine = Double()
    shown = say("/base", "qui ?", "/base", "et là ?", engine=engine)
    assert [heard[-1][1] for heard in engine.base.heard] == ["qui ?"]
    assert engine.heard[0][-1] == ("user", "et là ?")
    assert "C'est maintenant Léa qui répond." in shown
    assert "pas de double" in say("/base")


def test_once_tells_what_the_answer_cost():
    found = ask_once(Echo(), "un deux trois", "", Sampling())
    assert found["answer"] == "un deux trois" and found["tokens"] == 3
    assert set(found) == {"answer", "tokens", "seconds", "tokens_per_second", "ending", "unread"}


@pytest.mark.parametrize("blank", ["", "  \n", "\u200b", "\u2060 \ufeff"])
def test_a_message_without_words_is_not_answered(say, blank):
    with pytest.raises(BadSettings) as caught:
        ask_once(Echo(), blank, "", Sampling())
    assert "Écrivez d'abord un message" in caught.value.mend
    engine = Listening()
    say(blank, engine=engine)
    assert not engine.heard
    assert not typed.is_blank("👩‍👩‍👧") and not typed.is_blank("?")


def test_an_answer_that_has_no_more_room_is_said_to_be_cut(say, capsys, tmp_path):
    assert ask_once(Echo(), "un deux", "", Sampling(max_tokens=1))["ending"] == "length"
    assert ask_once(Echo(), "un deux", "", Sampling(max_tokens=2))["ending"] == "end"
    short = Listening()
    short.sampling = Sampling(max_tokens=2)
    assert "un deux (coupée" in say("un deux trois", engine=short) and "coupée" not in say("un", engine=short)
    words = ["chat", "--double", "echo", "--once", "oui " * 300, "--folder", str(tmp_path), "--json"]
    assert _run(words) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["ending"] == "length" and "coupée" in err


def test_a_paste_longer_than_the_context_is_said_not_to_have_been_read_whole(say):
    class Forgetful(Echo):
        def stream(self, turns, sampling):
            usage = yield from super().stream(turns, sampling)
            return replace(usage, unread=12)

    assert "ses 12 premiers caractères" in say("bonjour", engine=Forgetful())


def test_a_text_cannot_move_the_cursor():
    assert printable("a\x1b[2Jb\x07\u009bc\nd\té") == "a[2Jbc\nd\té"


def test_a_circle_is_a_doubles_and_is_refused_to_a_model(tmp_path, capsys):
    words = ["chat", "--double", "echo", "--once", "salut", "--folder", str(tmp_path), "--circle", "vous"]
    assert _run(words) == 3
    assert "Seul un double entraîné a des cercles." in capsys.readouterr().err
