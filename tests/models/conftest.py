"""Tokenizers that are made on the spot: bytes for every family, and Mistral's own from its package."""

import logging
import shutil

import pytest

from sosie.models import sentencepiece_tokenizer, tiny
from sosie.models.tokenizer_files import read_tokenizer

FAMILY = {
    "mini": "mistral",
    "mistral-v7": "ministral",
    "chatml": "qwen3",
    "qwen3": "qwen3",
    "llama3": "llama",
    "gemma": "gemma",
}


@pytest.fixture(scope="session")
def mistral():
    """The tokenizer of Mistral 7B v0.1."""
    return sentencepiece_tokenizer.convert(sentencepiece_tokenizer.mistral_v1())


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory, mistral):
    """A tokenizer for each named template."""

    def of_bytes(family):
        folder = tmp_path_factory.mktemp(family)
        tiny.save_tokenizer(folder, family)
        return read_tokenizer(folder)

    made = {name: of_bytes(family) for name, family in FAMILY.items()}
    return made | {"mistral": mistral, "vigostral": mistral}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(logging.getLogger("sosie.models"), "propagate", True)
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A tiny model, for reading only."""
    return tiny.make(tmp_path_factory.mktemp("base") / "petit")


@pytest.fixture
def folder(source, tmp_path):
    """A copy of it, to spoil."""
    return shutil.copytree(source, tmp_path / "petit")
