"""Trains sosie-mini: from the prepared text to the folder that ships, the same on CPU and GPU.

    python -m tools.mini.train --data work/mini --to src/sosie/models/mini

Seeded: same machine, threads and versions give the same weights. Every `--save-every` steps a checkpoint is
kept in --data (the next call goes on from it) and the folder is written, so that it is usable at any time.
`--from FOLDER` starts from shipped weights instead of random ones.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from transformers import MistralForCausalLM

from tools.mini.optimiser import optimisers
from tools.mini.packing import rows
from tools.mini.prepared import load_streams, load_tokenizer
from tools.mini.recipe import Phase, Recipe, model_config, read_recipe
from tools.mini.shipping import ship

WARMUP_STEPS = 40
LOSS_ROWS = 1024  # positions whose logits are held at once


def main() -> None:
    options = arguments()
    recipe = read_recipe(options.recipe)
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer(options.data, recipe, options.start)
    streams = load_streams(options.data, tokenizer, recipe)
    model = new_model(recipe, options.start).to(options.device)
    train(model, streams, recipe, options, lambda: ship(model, tokenizer, options.to, recipe))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = Path(__file__).parent
    parser.add_argument("--data", type=Path, default=Path("work/mini"), help="what prepare_data wrote")
    parser.add_argument("--to", type=Path, default=Path("src/sosie/models/mini"))
    parser.add_argument("--recipe", type=Path, default=here / "mix.toml")
    parser.add_argument("--from", dest="start", type=Path, help="a folder with weights to go on from")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile: a minute to start, then faster"
    )
    parser.add_argument("--save-every", type=int, default=200)
    return parser.parse_args()


def new_model(recipe: Recipe, start: Path | None):
    if start:
        return MistralForCausalLM.from_pretrained(start, dtype=torch.float32, local_files_only=True)
    model = MistralForCausalLM(model_config(recipe.model))
    with torch.no_grad():  # what the layers add starts small, as in GPT-2
        for name, parameter in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                parameter.mul_(1 / math.sqrt(2 * recipe.model["layers"]))
    return model


def train(model, streams, recipe: Recipe, options, save_folder) -> None:
    """All phases; a checkpoint says how many steps are behind us."""
    opts = optimisers(model, recipe.training)
    loss_of = torch.compile(mean_loss) if options.compile else mean_loss
    checkpoint = options.data / "checkpoint.pt"
    done, behind, started = restore(checkpoint, model, opts), 0, time.time()
    for number, phase in enumerate(recipe.phases):
        batches = phase_batches(streams, phase, recipe, recipe.seed + number)
        for step, (ids, learn) in enumerate(batches):
            if behind + step < done:
                continue
            set_rates(opts, phase, step, len(batches), warm=behind + step)
            with torch.autocast(options.device, torch.bfloat16):
                loss = loss_of(model, ids.to(options.device), learn.to(options.device))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for opt in opts:
                opt.step()
                opt.zero_grad()
            tell(phase, step, len(batches), loss, started)
            if (behind + step + 1) % options.save_every == 0:
                keep(checkpoint, model, opts, behind + step + 1)
                save_folder()
        behind += len(batches)
    keep(checkpoint, model, opts, behind)
    save_folder()


def phase_batches(
    streams, phase: Phase, recipe: Recipe, seed: int
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    ids, learn = rows(streams, phase.shares, phase.tokens, phase.length, seed)
    if phase.learn == "all":
        learn[:] = True
    size = int(recipe.training["batch_tokens"]) // phase.length
    whole = len(ids) // size * size
    ids, learn = torch.from_numpy(ids[:whole].astype("int64")), torch.from_numpy(learn[:whole])
    return list(zip(ids.split(size), learn.split(size), strict=True))


def mean_loss(model, ids: torch.Tensor, learn: torch.Tensor) -> torch.Tensor:
    """Mean nats a learnt token. ids, learn: [rows, length + 1]."""
    hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state.flatten(0, 1)
    wanted = torch.where(learn[:, 1:], ids[:, 1:], -100).flatten()
    total = hidden.new_zeros((), dtype=torch.float32)
    for part, target in zip(hidden.split(LOSS_ROWS), wanted.split(LOSS_ROWS), strict=True):
        logits = model.lm_head(part).float()
        total = total + torch.nn.functional.cross_entropy(logits, target, reduction="sum")
    return total / learn[:, 1:].sum().clamp(min=1)


def set_rates(opts, phase: Phase, step: int, steps: int, warm: int) -> None:
    first, last = phase.rates
    share = (first + (last - first) * step / steps) * min(1.0, (warm + 1) / WARMUP_STEPS)
    for opt in opts:
        for group in opt.param_groups:
            group["lr"] = group["full"] * share


def restore(path: Path, model, opts) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(kept["model"])
    for opt, state in zip(opts, kept["optimisers"], strict=True):
        opt.load_state_dict(state)
    return kept["steps"]


def keep(path: Path, model, opts, steps: int) -> None:
    state = {"model": model.state_dict(), "optimisers": [opt.state_dict() for opt in opts], "steps": steps}
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def tell(phase: Phase, step: int, steps: int, loss: torch.Tensor, started: float) -> None:
    if step % 20 == 0 or step + 1 == steps:
        facts = {"phase": phase.name, "step": step, "of": steps, "loss": round(loss.item(), 4)}
        print(json.dumps({**facts, "seconds": round(time.time() - started)}), flush=True)


if __name__ == "__main__":
    main()
