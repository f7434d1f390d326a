"""Our model behind an engine of another: turns found in its ids, rows, letters one by one, calculations."""

from types import SimpleNamespace

import pytest
import torch

from sosie.core.dialogue import Turn
from sosie.core.errors import UnknownModel
from sosie.core.sampling import changed
from sosie.engines.base import complete, open_engine
from sosie.engines.stepwise import Stepwise
from sosie.nanochat.chat_adapter import END, AdapterModel, AdapterTokenizer, BatchRow

QUESTION = (Turn("user", "Tu fais quoi ce soir ?"),)


@pytest.fixture(scope="module")
def mini():
    return open_engine("mini")


@pytest.fixture
def tokenizer(mini):
    return AdapterTokenizer(Stepwise(mini))


def prompt_ids(tokenizer, turns):
    ids = [tokenizer.get_bos_token_id()]
    for turn in turns:
        text = tokenizer.encode(turn.text) if isinstance(turn.text, str) else turn.text
        ids += [
            tokenizer.encode_special(f"<|{turn.role}_start|>"),
            *text,
            tokenizer.encode_special(f"<|{turn.role}_end|>"),
        ]
    return [*ids, tokenizer.encode_special("<|assistant_start|>")]


def greedy(tokenizer, model, turns, rows=1, most=60):
    """What an engine does: read the prompt in one row, expand its state, then one token of each at a time."""
    cache = SimpleNamespace(prev_embedding=None)
    logits = model.forward(torch.tensor([prompt_ids(tokenizer, turns)]), kv_cache=cache)
    assert logits.shape == (1, 1, tokenizer.get_vocab_size())
    cache.prev_embedding = cache.prev_embedding.expand(rows, -1, -1).clone()
    drawn = [[] for _ in range(rows)]
    tokens = [int(logits[0, -1].argmax())] * rows
    for _ in range(most):
        for row, token in zip(drawn, tokens, strict=True):
            row.append(token)
        if all(tokenizer.encode_special(END) in row for row in drawn):
            break
        tokens = model.forward(torch.tensor(tokens)[:, None], kv_cache=cache)[:, -1].argmax(-1).tolist()
    return drawn


def test_the_likeliest_answer_is_that_of_sosie_chat(mini, tokenizer):
    sampling = changed(mini.sampling, temperature=0.0)
    said, turns = [], []
    for text in ("Salut, ça va ?", "Tu fais quoi ce soir ? 😀", "et demain, l'été ?"):
        turns.append(Turn("user", text))
        (drawn,) = greedy(tokenizer, AdapterModel(tokenizer), turns)
        said.append("".join(tokenizer.decode([token]) for token in drawn))
        answer, _ = complete(mini.stream(turns, sampling))
        assert said[-1] == answer + END and tokenizer.text(drawn) == answer
        turns.append(Turn("assistant", answer))


def test_what_was_drawn_is_read_again_as_the_turn_it_was(tokenizer):
    (drawn,) = greedy(tokenizer, AdapterModel(tokenizer), QUESTION)
    turn = SimpleNamespace(role="assistant", text=drawn[:-1])
    ids = prompt_ids(tokenizer, [*QUESTION, turn, Turn("user", "l'été <|bos|> 👩‍🦰\n ")])
    assert tokenizer.turns(ids) == (
        *QUESTION,
        Turn("assistant", tokenizer.text(drawn)),
        Turn("user", "l'été <|bos|> 👩‍🦰\n "),
    )
    empty = prompt_ids(tokenizer, [*QUESTION, SimpleNamespace(role="assistant", text=[])])
    assert tokenizer.turns(empty) == QUESTION


def test_three_rows_are_three_answers(tokenizer):
    model = AdapterModel(tokenizer)
    (alone,) = greedy(tokenizer, model, QUESTION)
    rows = greedy(tokenizer, model, QUESTION, rows=3)
    assert [row[: len(alone)] for row in rows] == [alone] * 3


def test_a_row_goes_its_own_way(tokenizer):
    cache = SimpleNamespace(prev_embedding=None)
    model = AdapterModel(tokenizer)
    model.forward(torch.tensor([prompt_ids(tokenizer, QUESTION)]), kv_cache=cache)
    cache.prev_embedding = cache.prev_embedding.expand(2, -1, -1).clone()
    words = [tokenizer.ours.encode(text)[0] for text in ("Je", "Oui")]
    model.forward(torch.tensor(words)[:, None], kv_cache=cache)
    assert [row.answer.text for row in cache.prev_embedding.rows] == ["Je", "Oui"]
    logits = model.forward(torch.tensor([tokenizer.encode_special(END), words[1]])[:, None], kv_cache=cache)
    assert int(logits[0, 0].argmax()) == tokenizer.encode_special(END)  # it has ended, and stays so
    assert cache.prev_embedding.rows[0].answer.text == "Je"


def test_letters_cut_between_two_tokens_are_shown_once_whole(tokenizer):
    ids = tokenizer.encode("é😀a")
    assert [tokenizer.decode([token]) for token in ids] == ["", "é", "", "", "", "😀", "a"]


@pytest.mark.parametrize("expression", ["12*7", "12,5*2"])
def test_a_calculation_is_shown_as_theirs_and_its_result_is_read(tokenizer, expression):
    ours = tokenizer.ours
    row = BatchRow(ours.begin(QUESTION), tokenizer, calculator=True)
    for token in ours.encode("Ça fait <<"):
        row.add(token)
    assert int(row.logits().argmax()) == tokenizer.encode_special("<|python_start|>")
    row.add(tokenizer.encode_special("<|python_start|>"))
    collected = ours.encode(f"{expression}>>")
    for token in collected:
        assert row.forced == ""
        row.add(token)
    assert int(row.logits().argmax()) == tokenizer.encode_special("<|python_end|>")
    row.add(tokenizer.encode_special("<|python_end|>"))
    assert tokenizer.decode(collected) == expression.replace(",", ".")  # in the words of their calculator
    forced = [tokenizer.encode_special("<|output_start|>"), *tokenizer.encode("84")]
    for token in (*forced, tokenizer.encode_special("<|output_end|>")):
        row.add(token)
    assert row.answer.text == f"Ça fait <<{expression}>>84"
    assert row.logits()[: tokenizer.words].isfinite().any()
    assert row.forced == ""


def test_a_calculation_is_only_text_where_it_is_not_asked_for(tokenizer):
    row = BatchRow(tokenizer.ours.begin(QUESTION), tokenizer, calculator=False)
    for token in tokenizer.ours.encode("<<1+1>>"):
        row.add(token)
    assert row.forced == "" and not tokenizer.expressions


def test_no_sign_can_be_drawn_but_the_end(tokenizer):
    row = BatchRow(tokenizer.ours.begin(QUESTION), tokenizer, calculator=True)
    beyond = row.logits()[tokenizer.words :].isfinite().nonzero().flatten().tolist()
    assert beyond in ([], [tokenizer.encode_special(END) - tokenizer.words])
    assert not row.logits()[list(tokenizer.ours.ends)].isfinite().any()


def test_an_engine_that_gives_no_tokens_is_refused():
    with pytest.raises(UnknownModel, match="jeton par jeton"):
        Stepwise(open_engine("echo"))
