"""Golden logits: the tiny formula model, computed once by the code of each era and by ours, equal to 1e-4."""

import pytest
import torch
from tiny_nanochat import formula_ids, formula_state, tiny_config

from sosie.models.nanochat.era import ERAS
from sosie.models.nanochat.model import KVCache, NanochatModel

PLACES = ((0, 0, 0), (0, 129, 7), (0, 199, 332), (1, 260, 100), (1, 449, 31))
GOLDEN = {
    ("A", ""): (-0.1698, 0.1153, -0.2189, -0.2170, 0.2871),
    ("B", ""): (-1.3889, -1.4657, 1.1322, 2.2183, 0.4332),
    ("B", "SL"): (-1.3889, -1.2258, 0.7122, 1.2357, 0.5096),
    ("C", "SL"): (2.6628, 1.9097, 0.7571, -1.9413, 1.6933),
    ("C'", "SL"): (2.6752, 1.9143, 0.7574, -1.9461, 1.6965),
    ("D", "SL"): (2.6840, 2.0750, 0.5929, -2.1860, 1.3582),
    ("E", "SL"): (-2.5760, 0.8928, 0.7025, 2.4860, -2.0229),
}


def tiny(era: str = "E", pattern: str = "SL") -> NanochatModel:
    config = tiny_config(pattern=pattern)
    return NanochatModel(config, ERAS[era], formula_state(config, ERAS[era]))


@pytest.mark.parametrize(("era", "pattern"), GOLDEN)
def test_the_logits_are_those_of_the_code_of_that_time(era, pattern):
    with torch.inference_mode():
        logits = tiny(era, pattern).forward(formula_ids(2, 450))
    assert logits.shape == (2, 450, 333)
    found = torch.stack([logits[place] for place in PLACES])
    torch.testing.assert_close(found, torch.tensor(GOLDEN[era, pattern]), atol=2e-4, rtol=0)


@pytest.mark.parametrize("era", ERAS)
def test_reading_in_pieces_is_reading_at_once(era):
    """Past two short windows and past the context: what a window lets go is let go in both."""
    model, ids = tiny(era), formula_ids(2, 450)
    cache = model.new_cache()
    with torch.inference_mode():
        whole = model.forward(ids)
        cuts = (0, 100, 101, 102, 340, 341, 450)
        pieces = [model.forward(ids[:, start:end], cache) for start, end in zip(cuts, cuts[1:], strict=False)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=2e-4, rtol=0)


def test_a_cache_that_is_cut_back_goes_on_as_if_the_rest_had_never_been_read():
    model, ids = tiny(), formula_ids(1, 300)
    cache = model.new_cache()
    with torch.inference_mode():
        model.forward(ids, cache)
        cache.crop(-50)
        again = model.forward(ids[:, 250:260], cache)
        whole = model.forward(ids[:, :260])[:, 250:]
    torch.testing.assert_close(again, whole, atol=2e-4, rtol=0)


def test_a_padded_row_gets_the_logits_that_it_gets_alone():
    model, long, short = tiny(), formula_ids(1, 150), formula_ids(2, 20)[1:]
    rows = torch.cat([torch.cat([torch.zeros(1, 130, dtype=torch.long), short], dim=1), long])
    cache = KVCache(3, padding=torch.tensor([130, 0]))
    with torch.inference_mode():
        together = model.forward(rows, cache)
        step = model.forward(torch.tensor([[3], [4]]), cache)
        alone = model.forward(torch.cat([short, torch.tensor([[3]])], dim=1))
    torch.testing.assert_close(together[0, 130:], alone[0, :-1], atol=2e-4, rtol=0)
    torch.testing.assert_close(step[0, -1], alone[0, -1], atol=2e-4, rtol=0)
    cache.batch_select_indices(torch.tensor([1]))
    with torch.inference_mode():
        alone = model.forward(torch.cat([long, torch.tensor([[4, 9]])], dim=1))
        torch.testing.assert_close(
            model.forward(torch.tensor([[9]]), cache)[0, -1], alone[0, -1], atol=2e-4, rtol=0
        )


def test_what_is_computed_can_be_learnt():
    model = tiny()
    for tensor in model.parameters():
        tensor.requires_grad_()
    model.forward(formula_ids(2, 40)).square().mean().backward()
    assert all(tensor.grad is not None and tensor.grad.abs().sum() > 0 for tensor in model.parameters())
