"""A tiny model, a few dialogues of our own writing, and the plan that a test wants."""

import pytest
from said import written

from sosie.core.settings import Train
from sosie.models import catalogue, tiny
from sosie.models.hardware import hardware
from sosie.models.load import load
from sosie.models.truncation import make_examples
from sosie.train import lora
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan


@pytest.fixture(scope="session")
def dialogues():
    return written(14)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    return catalogue.find(str(tiny.make(tmp_path_factory.mktemp("models") / "tiny")))


@pytest.fixture
def loaded(base):
    return load(base, device="cpu", dtype="float32")


@pytest.fixture
def learn(loaded, dialogues):
    return [e for d in dialogues for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)]


@pytest.fixture
def unseen(loaded):
    """Examples of dialogues that are none of `learn`."""
    return [
        e for d in written(4, seed=9) for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)
    ]


@pytest.fixture
def planned(base, dialogues):
    """planned(epochs=2, ...): the plan for the tiny model on a CPU with these settings."""

    def make(**settings):
        return make_plan(
            base, hardware("cpu"), count_dialogues(dialogues), Train(**{"dropout": 0.0, **settings})
        )

    return make


@pytest.fixture
def adapted(loaded, planned):
    """adapted(**settings) -> (model with an adapter that already says something, plan)."""

    def make(**settings):
        import torch

        plan = planned(**settings)
        torch.manual_seed(3)
        model = lora.add_adapter(loaded.model, plan)
        with torch.no_grad():
            for weight in lora.trainable_weights(model).values():
                weight.normal_(0, 0.05)
        return model, plan

    return make
