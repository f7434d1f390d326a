"""What a step costs, counted and not timed: the same on any machine, and the reason why it is fast on a GPU.

passes over the weights   2 a step (forward, backward); 3 where activations are recomputed
rows through the linears  the group's tokens: no padding
rows of scores            the group's learnt tokens, and no tensor of all scores is ever made
"""

from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sosie.core.progress import silent
from sosie.models import catalogue, tiny
from sosie.models.load import load
from sosie.models.truncation import make_examples
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.loop import fit, next_group
from sosie.train.pack import target_positions

VOCABULARY = 997  # a size that nothing else has
GROUP = 4


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    return catalogue.find(str(tiny.make(folder / "modele", vocabulary=VOCABULARY)))


@pytest.fixture
def run(wide, planned, dialogues, tmp_path):
    """run(watch, **plan) -> the examples of each step: an epoch of the real loop, under `watch(model)`.

    Where the plan has a share of neutral French, the dialogues are also that.
    """

    def go(watch, checkpointing=False, **settings):
        loaded = load(wide, device="cpu", dtype="float32")
        learn = [e for d in dialogues for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)]
        plan = planned(epochs=1, group=GROUP, **{"neutral": 0, **settings})
        plan = replace(plan, checkpointing=checkpointing)
        model = lora.add_adapter(loaded.model, plan)
        with watch(model):
            fit(model, learn, [], plan, silent, Checkpoints(tmp_path / "checkpoints"), replay_examples=learn)
        numbers = [next_group(step, len(learn), plan)[1] for step in range(plan.steps)]
        return [[learn[number] for number in group] for group in numbers]

    return go


class Products(TorchDispatchMode):
    """Counts matrix products with a side as long as the vocabulary."""

    count = 0

    def __torch_dispatch__(self, operation, types, given=(), named=None):
        if operation.overloadpacket is torch.ops.aten.mm:
            self.count += any(VOCABULARY in matrix.shape for matrix in given)
        return operation(*given, **(named or {}))


class Watch:
    """Counts passes over each frozen linear weight, and the rows that go through it; `head`: over the head's,
    which is multiplied apart."""

    def __init__(self):
        self.forward, self.backward, self.rows = Counter(), Counter(), defaultdict(int)
        self.head = Products()

    @contextmanager
    def __call__(self, model):
        base = model.get_base_model()
        named = {name: part for name, part in base.named_modules() if name.endswith("_proj.base_layer")}
        # The first block's own inputs need no gradient: its backward is even cheaper.
        named = {name: part for name, part in named.items() if ".layers.0." not in name}
        assert len(named) == 7 * (base.config.num_hidden_layers - 1)
        for name, part in {**named, "lm_head": base.lm_head}.items():
            part.register_forward_hook(lambda part, given, out, name=name: self.went(name, out))
            part.register_full_backward_hook(lambda part, into, out, name=name: self.came(name))
        with self.head:
            yield

    def went(self, name, out):
        self.forward[name] += 1
        self.rows[name] += out.numel() // out.shape[-1]

    def came(self, name):
        self.backward[name] += 1


@pytest.mark.parametrize(("checkpointing", "passes"), [(False, 2), (True, 3)])
def test_a_step_passes_over_the_weights_twice_or_thrice_where_recomputed(run, checkpointing, passes):
    watch = Watch()
    steps = len(run(watch, checkpointing=checkpointing))
    blocks = [name for name in watch.forward if name != "lm_head"]
    assert steps > 1 and len(blocks) == 7
    assert {watch.forward[name] + watch.backward[name] for name in blocks} == {passes * steps}
    assert {watch.backward[name] for name in blocks} == {steps}
    assert watch.forward["lm_head"] == steps and watch.head.count == 2 * steps


def test_no_padding_goes_through_the_linears_and_only_learnt_tokens_get_scores(run):
    watch = Watch()
    groups = run(watch)
    tokens = sum(len(example.ids) for group in groups for example in group)
    targets = sum(len(target_positions(example)) for group in groups for example in group)
    assert {rows for name, rows in watch.rows.items() if name != "lm_head"} == {tokens}
    assert watch.rows["lm_head"] == targets < tokens


def test_neutral_french_goes_along_and_the_base_alone_is_asked_for_several_steps_at_once(run, monkeypatch):
    """One forward and one backward a step, and no row of scores for the person's words from the base."""
    monkeypatch.setattr("sosie.train.replay.LOOKAHEAD_STEPS", 2)
    watch = Watch()
    groups = run(watch, neutral=0.5)
    tokens = sum(len(example.ids) for group in groups for example in group)
    targets = sum(len(target_positions(example)) for group in groups for example in group)
    assert {watch.forward[name] for name in watch.forward} == {len(groups) + -(-len(groups) // 2)}
    assert {watch.backward[name] for name in watch.backward} == {len(groups)}
    assert watch.rows["lm_head"] == 3 * targets
    assert {rows for name, rows in watch.rows.items() if name != "lm_head"} == {3 * tokens}


class Scores(TorchDispatchMode):
    """The rows of each tensor of scores that any operation makes."""

    def __init__(self):
        super().__init__()
        self.rows = Counter()

    def __torch_dispatch__(self, operation, types, given=(), named=None):
        made = operation(*given, **(named or {}))
        if isinstance(made, torch.Tensor) and made.dim() > 1 and made.shape[-1] == VOCABULARY:
            self.rows[made.numel() // VOCABULARY] += 1
        return made


def test_no_tensor_of_all_scores_is_ever_made(run):
    watch = Scores()
    groups = run(lambda model: watch)
    hidden = 64  # rows of the head's weight, turned
    allowed = {sum(len(target_positions(example)) for example in group) for group in groups} | {hidden}
    assert set(watch.rows) <= allowed and len(watch.rows) > 1


def test_a_loop_that_pads_or_asks_for_all_scores_would_be_seen(wide, planned, dialogues):
    """The counters can fail: the usual way, counted alike."""
    loaded = load(wide, device="cpu", dtype="float32")
    group = [
        e for d in dialogues[:GROUP] for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)
    ]
    model = lora.add_adapter(loaded.model, planned())
    width = max(len(example.ids) for example in group)
    rows = torch.tensor([[*example.ids, *[0] * (width - len(example.ids))] for example in group])
    watch, scores = Watch(), Scores()
    with watch(model), scores:
        model(input_ids=rows, attention_mask=(rows > 0).long()).logits.sum().backward()
    assert set(watch.rows.values()) == {width * len(group)}
    assert width * len(group) > sum(len(example.ids) for example in group)
    assert width * len(group) in scores.rows
