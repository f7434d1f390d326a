"""Checkpoints of karpathy/nanochat: read whatever their era, run by our own forward, written for its newest.

find_checkpoint(folder) -> Path | None                     the folder of model_*.pt: of itself, or the best inside
read_checkpoint(folder, step=None, era=None) -> Checkpoint(config, era, tokenizer, state, step, meta)
                                                           checkpoint.py; no code of the files is run
build(checkpoint, device="cpu", dtype=None) -> NanochatModel                                         model.py
NanochatModel(config, era, state)                          `state`: the tensors under the names of the file
    .forward(ids, cache=None) -> logits                    (rows, tokens) -> (rows, tokens, vocabulary), float32
    .new_cache() -> KVCache;  .parameters() -> tensors;  .device
write_checkpoint(base, config, state, tokenizer, *, source="sft", tag="", step=1, meta={}) -> Path  writer.py
                                                           into a base folder of nanochat; era E only
tensor_shapes(config, era=ERAS["E"]) -> {name: shape}      era.py
NanochatConfig(sequence_len, vocab_size, n_layer, n_head, n_kv_head, n_embd, window_pattern)          era.py
Vocabulary(ranks, pattern)                                 vocabulary.py; specials are the last nine ids
    .size, .special_ids {"<|bos|>": id...}, .token_bytes() -> list[int]
read_vocabulary(path) -> Vocabulary;  pickled(vocabulary) -> bytes              tokenizer.pkl, without tiktoken
train_vocabulary(texts, size, pattern=SPLIT) -> Vocabulary                      needs `tokenizers` only
tokenizer_of(vocabulary) -> transformers' fast tokenizer   tokenizer.py; with models/template.py's NANOCHAT format
"""
