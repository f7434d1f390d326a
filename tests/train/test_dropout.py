"""Numbers are dropped as torch's dropout drops them: as often, at random, the mean kept; only faster."""

import numpy as np
import pytest
import torch
from torch.nn import Dropout
from torch.nn.functional import dropout

from sosie.train.dropout import keep_mask, kept_scale, quick_dropout


def shares(mask):
    return float((mask == 0).float().mean())


@pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.9])
def test_as_many_are_dropped_as_torch_drops_and_the_rest_keep_the_mean(p):
    torch.manual_seed(1)
    shape = torch.Size((400, 501))  # no multiple of the numbers that one draw gives
    masks = torch.stack([keep_mask(shape, p) * kept_scale(p) for _ in range(10)])
    error = (p * (1 - p) / masks.numel()) ** 0.5
    assert shares(masks) == pytest.approx(p, abs=4 * error + 1e-5)
    theirs = dropout(torch.ones(10, *shape), p)
    assert shares(theirs) == pytest.approx(shares(masks), abs=6 * error + 1e-5)
    assert float(masks.max()) == pytest.approx(float(theirs.max()), rel=1e-3)
    assert float(masks.double().mean()) == pytest.approx(1, abs=5 * error / (1 - p))


def test_one_number_says_nothing_of_its_neighbours_nor_one_mask_of_the_next():
    torch.manual_seed(2)
    masks = [(keep_mask(torch.Size((200_000,)), 0.3) == 0).double().numpy() for _ in range(3)]
    pairs = [(masks[0][:-lag], masks[0][lag:]) for lag in (1, 2, 3, 4, 8, 16)]
    pairs += [(masks[0], masks[1]), (masks[1], masks[2])]
    found = [float(np.corrcoef(left, right)[0, 1]) for left, right in pairs]
    assert max(map(abs, found)) < 4.5 / len(masks[0]) ** 0.5


def test_torchs_chance_decides():
    shape = torch.Size((64, 64))
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first, second = keep_mask(shape, 0.5), keep_mask(shape, 0.5)
    torch.set_rng_state(state)
    assert torch.equal(keep_mask(shape, 0.5), first) and not torch.equal(first, second)


def test_what_was_dropped_gets_no_gradient_and_nothing_is_dropped_in_evaluation(adapted):
    model, _ = adapted(dropout=0.3)
    part = next(part for name, part in model.named_modules() if name.endswith("lora_dropout.default"))
    given = torch.ones(1, 30, 64, requires_grad=True)
    with quick_dropout(model):
        made = part.train()(given)
        made.sum().backward()
        assert torch.equal(given.grad, made.detach()) and 0.1 < shares(made) < 0.5
        assert part(given.bfloat16()).dtype == torch.bfloat16
        assert part.eval()(given) is given


def test_it_is_put_on_every_layer_of_the_adapter_and_taken_off_again(adapted, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "sosie.train.dropout.keep_mask", lambda shape, p: drawn.append(p) or torch.ones(shape)
    )
    model, _ = adapted(dropout=0.3)
    layers = [part for name, part in model.named_modules() if name.endswith("lora_dropout.default")]
    ids = torch.arange(40)[None]
    with quick_dropout(model):
        model.train()(input_ids=ids)
        assert drawn == [0.3] * len(layers)
    model(input_ids=ids)
    assert len(drawn) == len(layers) > 1
    assert all(type(part) is Dropout and "forward" not in vars(part) for part in layers)
