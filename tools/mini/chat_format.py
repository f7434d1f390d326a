"""sosie-mini's chat format, for its training. At run time `sosie.models.template` writes the same ids.

    dialogue   <|bos|> <|user|>ids(text)<|end|> <|assistant|>ids(text)<|end|> ...
    document   <|bos|> ids(text) <|end|>

Each text is tokenised alone, with nothing added; marker-like text in it stays plain text.
"""

from tools.mini.corpus import Record

SPECIALS = ("<|pad|>", "<|bos|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")  # ids 0 to 5
PAD, BOS, END = 0, 1, 2
ROLE = {"system": 3, "user": 4, "assistant": 5}

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def text_ids(tokenizer, text: str) -> list[int]:
    """Ids of a text in which nothing is special. `tokenizer` is a `tokenizers.Tokenizer`."""
    tokenizer.encode_special_tokens = True  # « <|end|> » written by somebody becomes < | end | >
    return tokenizer.encode(text, add_special_tokens=False).ids


def encode(tokenizer, record: Record) -> tuple[list[int], list[bool]]:
    """Ids, and which of them are an answer (a document is learnt whole, but for its BOS)."""
    if not record.turns:
        body = [*text_ids(tokenizer, record.text), END]
        return [BOS, *body], [False, *[True] * len(body)]
    ids, answer = [BOS], [False]
    for role, text in record.turns:
        body = [*text_ids(tokenizer, text), END]
        ids += [ROLE[role], *body]
        answer += [False, *[role == "assistant"] * len(body)]
    return ids, answer


def prompt_ids(tokenizer, turns) -> list[int]:
    """What the model reads before it answers."""
    return [*encode(tokenizer, Record("", "", turns=tuple(turns)))[0], ROLE["assistant"]]
