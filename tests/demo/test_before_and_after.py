"""The demonstration's table: the answers of one who talks, and what to expect of them."""

import io
from types import SimpleNamespace

from rich.console import Console

from sosie.cli.demo import draw_demo
from sosie.core.sampling import TALKING
from sosie.demo.journey import ask
from sosie.engines.echo import Echo


class Talking(Echo):
    sampling = TALKING

    def __init__(self):
        super().__init__()
        self.base, self.drawn = self, []

    def answers(self, many_turns, sampling, seeds=()):
        self.drawn.append((sampling, tuple(seeds)))
        return super().answers(many_turns, sampling, seeds)


def test_before_and_after_are_drawn_as_in_a_chat_each_question_with_its_own_seed():
    engine = Talking()
    assert ask(engine, ["tu viens", "tu dors"]) == (("tu viens",) * 3, ("tu dors",) * 3)
    assert engine.drawn == [(TALKING, (1, 2))] * 2


def test_the_table_says_that_mini_imitates_the_manner_and_not_the_meaning():
    done = SimpleNamespace(
        model="mini",
        answers=(("tu viens ?", "Oui.", "roh oui 🌻"),),
        trained=SimpleNamespace(valid_loss_before=None, valid_loss=None),
        likeness=SimpleNamespace(measurable=False),
    )
    shown = Console(file=io.StringIO(), width=200)
    draw_demo(shown, done)
    assert "imite la manière de Léa, pas le sens" in shown.file.getvalue()
