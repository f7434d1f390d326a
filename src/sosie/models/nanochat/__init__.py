"""Checkpoints of karpathy/nanochat: read of any era, run by our own forward, written for the newest.

find_checkpoint(folder) -> Path | None             the folder of model_*.pt: this one, or the best inside
read_checkpoint(folder, step=None) -> Checkpoint(config, era, vocabulary, state, step, meta)
                                                   checkpoint.py; nothing of the files is run
build(checkpoint, device="cpu", dtype=None) -> NanochatModel        checkpoint.py
NanochatModel(config, era, state)                  model.py; `state`: tensors under the file's own names
    .forward(ids, cache=None) -> logits            (rows, tokens) -> (rows, tokens, vocabulary), float32
    .new_cache(), .parameters(), .device           parameters: of `state`, to be trained where they are
write_checkpoint(base, config, state, vocabulary, *, source="sft", tag="", step=1, meta=None) -> Path
                                                   writer.py; into a base folder of nanochat, era E only
tensor_shapes(config, era=NEWEST) -> {name: shape}                  era.py
NanochatConfig(sequence_len, vocab_size, n_layer, n_head, n_kv_head, n_embd, window_pattern="L")
Vocabulary(ranks, pattern)                         vocabulary.py; its special tokens are the last nine ids
    .size, .special_ids {"<|bos|>": id...}, .token_bytes()
read_vocabulary(path);  pickled(vocabulary)        tokenizer.pkl, without tiktoken
train_vocabulary(texts, size, pattern=FRENCH_SPLIT) -> Vocabulary
tokenizer_of(vocabulary) -> transformers' fast tokenizer            tokenizer.py

The chat format is TEMPLATES["nanochat"] of models/chat_formats.py: models/template.py renders and masks.
"""
