"""A nanochat checkpoint answers as any other double does: stream, batch, losses, cache, calculations."""

import pytest
import torch
from tiny_nanochat import tiny_checkpoint, write_tiny

from sosie.core.dialogue import Turn
from sosie.core.errors import UnknownModel
from sosie.core.sampling import Sampling
from sosie.engines.base import Doubled, Scorer, complete, open_engine
from sosie.engines.calculator import calculate
from sosie.engines.nanochat import CalculatingGeneration, Nanochat
from sosie.models.nanochat.checkpoint import build

GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=30)
QUESTIONS = [(Turn("user", text),) for text in ("Salut", "J'suis là, on mange quoi ce soir ?", "😀 demain")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nanochat")
    write_tiny(folder, source="base")
    write_tiny(folder)
    return folder


@pytest.fixture
def engine(base):
    return open_engine(base)


def test_a_folder_of_nanochat_is_opened_by_its_path_alone(base, engine):
    assert isinstance(engine, Nanochat) and isinstance(engine, Scorer) and isinstance(engine, Doubled)
    assert isinstance(open_engine(str(base / "chatsft_checkpoints" / "d3")), Nanochat)


@pytest.mark.parametrize("kind", ["gguf", "local"])
def test_no_other_engine_is_asked_to_open_it(base, kind):
    with pytest.raises(UnknownModel, match="ne lit pas les modèles de nanochat"):
        open_engine(base, kind)


def test_its_base_is_the_model_that_it_was_taught_from(base, engine):
    assert isinstance(engine.base, Nanochat) and engine.base is not engine
    pretrained = open_engine(base / "base_checkpoints")
    assert pretrained.base is pretrained


def test_a_greedy_stream_says_the_likeliest_tokens(engine):
    made = tiny_checkpoint()
    model, ids = build(made), engine.framing.reply(QUESTIONS[0], "x", 100, 100)
    read, said = list(ids.ids[: ids.answer_at]), []
    ends = {made.vocabulary.special_ids[f"<|{name}|>"] for name in ("bos", "assistant_end")}
    while len(said) < 30:
        with torch.inference_mode():
            token = int(model.forward(torch.tensor([read + said]))[0, -1].argmax())
        if token in ends:
            break
        said.append(token)
    text, usage = complete(engine.stream(QUESTIONS[0], GREEDY))
    assert text == engine._decode(said).rstrip("\ufffd") and usage.tokens == len(said) > 3


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(temperature=1.0, seed=3, max_tokens=30)])
def test_a_batch_gives_each_the_answer_that_it_gets_alone(engine, sampling):
    alone = [complete(engine.stream(turns, sampling))[0] for turns in QUESTIONS]
    assert engine.answers(QUESTIONS, sampling) == alone


def test_a_second_turn_reads_only_what_is_new_and_says_the_same(base, engine):
    first, _ = complete(engine.stream(QUESTIONS[1], GREEDY))
    more = (*QUESTIONS[1], Turn("assistant", first), Turn("user", "et toi ?"))
    again, usage = complete(engine.stream(more, GREEDY))
    assert usage.reused > 10
    assert again == complete(open_engine(base).stream(more, GREEDY))[0]


def test_losses_are_those_of_the_learnt_tokens(engine):
    examples = [engine.framing.reply(turns, "ça va", 100, 150) for turns in QUESTIONS]
    losses, hits = engine.losses(examples), engine.foreseen(examples)
    for example, loss, hit in zip(examples, losses, hits, strict=True):
        with torch.inference_mode():
            logits = build(tiny_checkpoint()).forward(torch.tensor([example.ids]))[0]
        places = [at for at, learn in enumerate(example.learn) if learn]
        wanted = torch.tensor(example.ids)[places]
        before = logits[torch.tensor(places) - 1]
        assert loss.tokens == len(places) == len(hit)
        assert loss.nats == pytest.approx(
            float(torch.nn.functional.cross_entropy(before, wanted, reduction="sum")), rel=1e-4
        )
    assert engine.losses([engine.framing.text("")])[0].tokens == 0


def test_the_oldest_turns_are_left_out_where_the_context_is_full(engine):
    long = [
        turn for _ in range(40) for turn in (Turn("user", "On mange quoi ?"), Turn("assistant", "Des pâtes."))
    ]
    _, usage = complete(engine.stream((*long, Turn("user", "Et demain ?")), GREEDY))
    assert usage.prompt <= 200 - 30


def scripted(engine, names, french=False):
    """What a generation draws and shows when its model wants these tokens one after the other."""
    special, encode = tiny_checkpoint().vocabulary.special_ids, engine._encode
    wanted = [token for name in names for token in ([special[name]] if name in special else encode(name))]
    generation = CalculatingGeneration(
        engine._decode,
        {special["<|assistant_end|>"]},
        (),
        GREEDY,
        100,
        special=special,
        encode=encode,
        plain=lambda ids: engine.tokenizer.decode(ids),
        result_of=lambda text: calculate(text, french),
    )
    shown, forced = "", 0
    while generation.ending is None:
        place = len(generation.ids) - forced
        logits = torch.zeros(333)
        logits[wanted[place]] = 9.0
        before = len(generation._forced)
        shown += generation.step(logits)
        forced += before > 0
    return generation.ids, shown + generation.finish(), special, encode


@pytest.mark.parametrize(("french", "result"), [(False, "250"), (True, "25")])
def test_a_calculation_is_made_and_its_result_forced(engine, french, result):
    names = ("Ça fait ", "<|python_start|>", "12,5*2", "<|python_end|>", " euros", "<|assistant_end|>")
    ids, shown, special, encode = scripted(engine, names, french)
    at = ids.index(special["<|output_start|>"])
    assert ids[at - 1] == special["<|python_end|>"]
    assert ids[at + 1 : ids.index(special["<|output_end|>"])] == encode(result)
    assert shown == "Ça fait  euros"


def test_what_is_no_calculation_forces_nothing(engine):
    for inside in ("2**9", "bonjour", ""):
        names = ("a", "<|python_start|>", inside, "<|python_end|>", "b", "<|assistant_end|>")
        ids, shown, special, _ = scripted(engine, names)
        assert special["<|output_start|>"] not in ids and shown == "ab"


def test_a_calculation_that_never_ends_shows_nothing(engine):
    _, shown, _, _ = scripted(engine, ("a", "<|python_start|>", "1+1", "<|assistant_end|>"))
    assert shown == "a"
