"""The noise on words read while learning: as large as published, for each dialogue, and nowhere else."""

from math import sqrt

import pytest
import torch

from sosie.train.neftune import embedding_noise


@pytest.fixture
def embedding():
    torch.manual_seed(0)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(50, 64)

        def get_input_embeddings(self):
            return self.words

    return Model()


def test_each_dialogue_of_a_row_has_the_bound_of_its_own_length(embedding):
    ids = torch.arange(40)[None]
    quiet = embedding.words(ids)
    with embedding_noise(embedding, 5.0) as hook:
        hook.lengths = (10, 30)
        moved = (embedding.words(ids) - quiet).abs()
    short, long = moved[0, :10].max().item(), moved[0, 10:].max().item()
    assert short <= 5 / sqrt(10 * 64) and short == pytest.approx(5 / sqrt(10 * 64), rel=0.05)
    assert long <= 5 / sqrt(30 * 64) and long == pytest.approx(5 / sqrt(30 * 64), rel=0.05)


def test_there_is_none_in_evaluation_nor_afterwards(embedding):
    ids = torch.arange(40)[None]
    quiet = embedding.words(ids)
    with embedding_noise(embedding, 5.0) as hook:
        hook.lengths = (40,)
        embedding.eval()
        assert torch.equal(embedding.words(ids), quiet)
    embedding.train()
    assert torch.equal(embedding.words(ids), quiet)


def test_without_an_alpha_nothing_is_put_on(embedding):
    with embedding_noise(embedding, 0.0) as hook:
        assert hook is None and not embedding.words._forward_hooks
