"""Writes the folder that ships, each file whole or not at all."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from tools.mini.chat_format import BOS, END, PAD
from tools.mini.recipe import Recipe
from tools.mini.tokenizer import save_tokenizer


def ship(model, tokenizer: Tokenizer, folder: Path, recipe: Recipe) -> None:
    """config.json, model.safetensors (bf16), tokenizer files, generation_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as made:
        save_weights(model, Path(made), recipe)
        save_tokenizer(tokenizer, Path(made), recipe.model["context"])
        for file in sorted(Path(made).iterdir()):
            shutil.move(file, folder / f".{file.name}.new")
            (folder / f".{file.name}.new").replace(folder / file.name)


def save_weights(model, folder: Path, recipe: Recipe) -> None:
    tensors = {
        name: tensor.detach().to("cpu", torch.bfloat16).contiguous()
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"  # tied to the embedding
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {**model.config.to_diff_dict(), "dtype": "bfloat16", "use_cache": True}
    write_json(folder / "config.json", config)
    stops = {"bos_token_id": BOS, "eos_token_id": END, "pad_token_id": PAD, "do_sample": True}
    write_json(folder / "generation_config.json", stops | recipe.sampling)


def write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
