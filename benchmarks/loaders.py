"""Do axolotl and LLaMA-Factory read what `sosie export` writes for them, and learn what is to be learnt?

    python benchmarks/loaders.py axolotl TOKENIZER FOLDER...       llamafactory: the same

In a venv of the trainer's own, never ours (--no-deps, so that no build for cards is fetched):

    pip install --no-deps axolotl llamafactory datasets trl omegaconf antlr4-python3-runtime fire tyro \
        multiprocess dill xxhash pyarrow pandas addict torchaudio

Each folder's recipe goes through the trainer's own check of its settings, and each dialogue through its own
tokenising, with the tokenizer of TOKENIZER (mini's will do): what it would learn must be the replies that are
to be learnt, and the signs after them. Nothing is trained.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHAT = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}</s>{% endfor %}"
SIGNS = ("</s>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")


def by_axolotl(folder: Path, recipe: dict[str, Any], tokenizer: Any) -> Iterator[Any]:
    from axolotl.prompt_strategies.chat_template import load
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault

    tokenizer.chat_template = CHAT
    machine = {"bf16": False, "fp8": False, "n_gpu": 1, "compute_capability": "sm_75"}
    told = DictDefault({**recipe, "bf16": False})
    checked = validate_config(told, capabilities=machine, env_capabilities={"torch_version": "2.7.0"})
    strategy = load(tokenizer, checked, ds_cfg=dict(checked.datasets[0]))
    for row in rows_of(folder):
        yield strategy.tokenize_prompt(row)


def by_llamafactory(folder: Path, recipe: dict[str, Any], tokenizer: Any) -> Iterator[Any]:
    os.environ["DISABLE_VERSION_CHECK"] = "1"
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args

    here = {"model_name_or_path": tokenizer.name_or_path, "use_cpu": True, "overwrite_cache": True}
    model, data, training, *_ = get_train_args({**recipe, **here})
    template = get_template_and_fix_tokenizer(tokenizer, data)
    sets = get_dataset(template, model, data, training, stage="sft", tokenizer=tokenizer, processor=None)
    yield from sets["train_dataset"]


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]


def replies_of(row: dict[str, Any]) -> list[str]:
    """Of a file without flags (LLaMA-Factory), those that its `mask_history` leaves: at least the last."""
    said = [turn for turn in row["messages"] if turn["role"] == "assistant"]
    return [turn["content"] for turn in said if turn.get("learnt", turn is said[-1])]


def main() -> None:
    trainer, tokenizer, *folders = sys.argv[1:]
    import yaml
    from transformers import AutoTokenizer

    read = by_axolotl if trainer == "axolotl" else by_llamafactory
    for folder in map(Path, folders):
        opened = AutoTokenizer.from_pretrained(Path(tokenizer).resolve())
        os.chdir(folder)
        recipe = yaml.safe_load((folder / "recette.yml").read_text("utf-8"))
        examples = [*read(folder, recipe, opened)]
        for row, example in zip(rows_of(folder), examples, strict=True):
            pairs = zip(example["input_ids"], example["labels"], strict=True)
            left = opened.decode([token for token, label in pairs if label != -100])
            for text in (*replies_of(row), *(SIGNS if trainer == "axolotl" else ())):
                assert text in left or text in SIGNS, f"{folder.name}: a reply is not learnt"
                left = left.replace(text, "")
            flagged = trainer == "axolotl" or recipe["mask_history"]
            assert not flagged or not left.strip(" \n" + "".join(SIGNS)), f"{folder.name}: more is learnt"
        print(f"{folder}: {len(examples)} dialogues")


if __name__ == "__main__":
    main()
