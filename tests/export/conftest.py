"""A folder with a few dialogues and planted secrets, and a double made by hand: no model is needed."""

import hashlib
import json
import shutil
import struct
from dataclasses import replace

import pytest
from planted import ADAPTER, CONFIG, SECRET, dialogue, safetensors

from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.models.catalogue import MINI


@pytest.fixture
def work(tmp_path):
    """A prepared folder. The secret is everywhere but in what `sosie prepare` wrote."""
    workspace = Workspace(tmp_path / "moi")
    for part, numbers in (("train", range(12)), ("valid", range(12, 16)), ("test", range(16, 24))):
        jsonl.write(workspace.data / f"{part}.jsonl", map(dialogue, numbers))
    (workspace.folder / "sosie.toml").write_text(
        '[import]\nme = ["motplanté"]\n'
        '[train]\nmodel = "mini"\nepochs = 1.0\nrank = 4\n'
        "[evaluate]\ncontexts = 20\ngenerations = 100\nrivals = false\nattacks = false\nforgetting = false\n",
        encoding="utf-8",
    )
    planted = (
        "private/pseudonyms.json",
        "private/strings.jsonl",
        "private/originals.jsonl",
        "exports/chat.txt",
    )
    for name in (
        *planted,
        "data/decisions.jsonl",
        "data/report.json",
        "chats.db",
        "arena.db",
        "runs/léa/samples.jsonl",
    ):
        path = workspace.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET, encoding="utf-8")
    return workspace


@pytest.fixture
def double(work):
    """runs/léa/double, with what must stay at home beside what may leave."""
    folder = work.run("léa") / "double"
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(ADAPTER)
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "training_args.bin").write_text(SECRET, encoding="utf-8")
    told = Double(
        base="mini",
        template="mini",
        portrait="Tu es Léa.",
        sampling=Sampling(seed=3),
        data={"replies": 12},
        adapter_sha256=hashlib.sha256(ADAPTER).hexdigest(),
    )
    told.write(folder)
    return Double.read(folder)


@pytest.fixture
def whole(work, double):
    """The double by hand, with the tokenizer of its base and an adapter that fits it."""
    module = "base_model.model.model.layers.0.self_attn.q_proj"
    numbers = {"A": (2, 256), "B": (256, 2)}
    tensors = {
        f"{module}.lora_{side}.weight": (
            "F32",
            shape,
            struct.pack("<512f", *(number / 5000 for number in range(512))),
        )
        for side, shape in numbers.items()
    }
    (double.folder / "adapter_model.safetensors").write_bytes(content := safetensors(tensors))
    told = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
    (double.folder / "adapter_config.json").write_text(json.dumps(told))
    shutil.copy(MINI / "tokenizer.json", double.folder / "tokenizer.json")
    whole = replace(double, adapter_sha256=hashlib.sha256(content).hexdigest())
    whole.write(double.folder)
    return whole


@pytest.fixture
def trained(double):
    """A LoRA of rank 8 on three modules of every layer of mini: enough to change what it says."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    shapes = {"self_attn.q_proj": (256, 256), "self_attn.v_proj": (128, 256), "mlp.down_proj": (256, 704)}
    tensors = {}
    for layer in range(6):
        for name, (out, into) in shapes.items():
            stem = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{stem}.lora_A.weight"] = 0.1 * torch.randn(8, into)
            tensors[f"{stem}.lora_B.weight"] = 0.1 * torch.randn(out, 8)
    path = double.folder / "adapter_model.safetensors"
    save_file(tensors, path)
    told = {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "use_rslora": True, "task_type": "CAUSAL_LM"}
    names = [name.rpartition(".")[2] for name in shapes]
    (double.folder / "adapter_config.json").write_text(json.dumps({**told, "target_modules": names}))
    (double.folder / "tokenizer.json").unlink()
    trained = replace(double, adapter_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    trained.write(double.folder)
    return trained


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Where bundles are opened: nothing of the tests stays on this machine."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sosie" / "doubles"
