"""The tokenizer of sosie-mini: byte-level BPE with GPT-2's split rule, learnt on the training side only."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from tools.mini.chat_format import CHAT_TEMPLATE, SPECIALS
from tools.mini.corpus import OURS, from_json

# How many times texting words are shown: they have no licensed source, and emoji are four bytes each.
TEXTING_TIMES = 400
SOURCE_BYTES = 4_000_000  # of each source at most, so that novels do not decide alone


def train_tokenizer(lines: Iterator[str], vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[AddedToken(text, special=True, normalized=False) for text in SPECIALS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def corpus_lines(train: Path, texting: Path) -> Iterator[str]:
    """Training lines, capped by source, and the texting words, each often enough to become a token.

    The dialogues of our own are left out: their few names and places would take tokens from real French.
    """
    used: dict[str, int] = {}
    with train.open(encoding="utf-8") as records:
        for record in map(from_json, records):
            if record.source != OURS and used.setdefault(record.source, 0) < SOURCE_BYTES:
                used[record.source] += sum(len(line.encode()) for line in record.lines)
                yield from record.lines
    words = texting.read_text("utf-8").split()
    for _ in range(TEXTING_TIMES):
        yield " ".join(words)
        yield from words  # at the start of a message there is no space before a word


def save_tokenizer(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|bos|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
        "model_max_length": context,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "padding_side": "left",
        "chat_template": CHAT_TEMPLATE,
    }
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(settings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def bytes_per_token(tokenizer: Tokenizer, lines: Iterator[str]) -> float:
    sample = list(islice(lines, 2000))
    ids = sum(len(tokenizer.encode(line).ids) for line in sample)
    return sum(len(line.encode()) for line in sample) / max(ids, 1)
