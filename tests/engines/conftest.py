"""Tiny engines: a base model of each family, and a double over one of them."""

import pytest
import torch

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.sampling import Sampling
from sosie.engines.base import open_engine
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.load import load


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """The folder of a tiny model, by family."""
    return {family: tiny.make(tmp_path_factory.mktemp("base") / family, family) for family in tiny.FAMILIES}


@pytest.fixture(scope="session")
def double_folder(folders, tmp_path_factory):
    import peft

    base = load(find(str(folders["mistral"])))
    torch.manual_seed(0)
    config = peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    folder = tmp_path_factory.mktemp("runs") / "lea" / "double"
    peft.get_peft_model(base.model, config).save_pretrained(folder)
    base.tokenizer.save_pretrained(folder)
    Double(
        str(folders["mistral"]),
        "mini",
        portrait="Tu es Léa.",
        sampling=Sampling(temperature=0.3),
        adapter_sha256=sha256_of(folder / ADAPTER),
    ).write(folder)
    return folder


@pytest.fixture
def engine(folders):
    """A fresh engine over the tiny model."""
    return open_engine(folders["mistral"])


@pytest.fixture
def double(double_folder):
    return open_engine(double_folder)
