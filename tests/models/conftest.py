"""Tokenizers that are made on the spot: bytes for every family, and Mistral's own from its package."""

import pytest
from hypothesis import settings

from sosie.models import sentencepiece_, tiny
from sosie.models.load import read_tokenizer

settings.register_profile("sosie", derandomize=True, deadline=None, database=None)
settings.load_profile("sosie")

FAMILY = {"mini": "mistral", "chatml": "qwen3", "qwen3": "qwen3", "llama3": "llama", "gemma": "gemma"}


@pytest.fixture(scope="session")
def mistral():
    """The tokenizer of Mistral 7B v0.1."""
    return sentencepiece_.convert(sentencepiece_.mistral_v1())


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory, mistral):
    """A tokenizer for each named template."""

    def of_bytes(family):
        folder = tmp_path_factory.mktemp(family)
        tiny.save_tokenizer(folder, family)
        return read_tokenizer(folder)

    made = {name: of_bytes(family) for name, family in FAMILY.items()}
    return made | {"mistral": mistral, "vigostral": mistral}
