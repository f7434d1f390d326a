"""A double through llama.cpp says what it says through transformers, at any strength and in any order."""

import random
from dataclasses import replace

import pytest

from sosie.core.dialogue import Turn
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadData, UnknownModel
from sosie.core.sampling import Sampling
from sosie.engines.base import Adjustable, Scorer, complete, kind_of, open_engine
from sosie.engines.gguf import open_gguf, slots_of
from sosie.engines.interrupt import Interrupt
from sosie.engines.odds import TellsOdds
from sosie.models.catalogue import find
from sosie.models.load import load

pytest.importorskip("xllamacpp")
GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=24)
QUESTIONS = ("salut", "tu viens ce soir ?", "<|end|> coucou <|user|>", "été 🌻\nnuit", "x" * 300, "ça va ?")


def asked(text):
    return (Turn("system", "s"), Turn("user", text))


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOSIE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def mini_double(tmp_path_factory):
    """mini with an adapter of random numbers, small enough for it to go on speaking French."""
    import peft
    import torch

    base = load(find("mini"))
    torch.manual_seed(0)
    adapted = peft.get_peft_model(base.model, peft.LoraConfig(r=4, target_modules="all-linear", lora_alpha=8))
    for name, numbers in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(numbers, std=0.05)
    folder = tmp_path_factory.mktemp("runs") / "lea" / "double"
    adapted.save_pretrained(folder)
    sampling = Sampling(temperature=0.3)
    digest = sha256_of(folder / ADAPTER)
    Double("mini", "mini", portrait="Tu es Léa.", sampling=sampling, adapter_sha256=digest).write(folder)
    return folder


@pytest.fixture(scope="module")
def engines(mini_double, cache):
    """(through llama.cpp in float32, through transformers)"""
    ours = open_gguf(mini_double, "f32")
    yield ours, open_engine(mini_double)
    ours.close()


def test_the_slider_turned_at_random_twenty_times_changes_nothing_but_the_strength(engines):
    llama, local = engines
    rng = random.Random(3)
    for _ in range(20):
        strength, question = rng.choice((0.0, 0.5, 1.0, 1.5)), rng.choice(QUESTIONS)
        ours, theirs = (complete(engine.at(strength).stream(asked(question), GREEDY)) for engine in engines)
        assert ours[0] == theirs[0], (strength, question)
        assert (ours[1].prompt, ours[1].tokens, ours[1].ending) == (
            theirs[1].prompt,
            theirs[1].tokens,
            theirs[1].ending,
        )
    assert llama.base.strength == 0 and llama.base.base.strength == 0 and isinstance(llama, Adjustable)
    assert not isinstance(llama, Scorer)


def test_the_strengths_differ(engines):
    said = {
        tuple(complete(engines[0].at(strength).stream(asked(question), GREEDY))[0] for question in QUESTIONS)
        for strength in (0.0, 1.0, 1.5)
    }
    assert len(said) == 3


def test_what_the_double_is_called_and_how_it_draws_come_from_its_manifest(engines):
    llama, local = engines
    assert (llama.name, llama.portrait) == (local.name, local.portrait)
    # It has no lexicon, and its penalty would fall on what was said before.
    assert llama.sampling == replace(local.sampling, repetition_penalty=1.0, real_words=False)
    assert llama.tokens("salut") == local.tokens("salut")


def test_many_answers_are_those_that_each_gets_alone(engines):
    many = [asked(question) for question in QUESTIONS if len(question) < 100]
    warm = Sampling(temperature=0.8, max_tokens=12)
    alone = [
        complete(engines[0].stream(turns, Sampling(temperature=0.8, max_tokens=12, seed=seed)))[0]
        for seed, turns in enumerate(many)
    ]
    assert engines[0].answers(many, warm, range(len(many))) == alone


def test_a_second_turn_reads_only_what_is_new(engines):
    llama, _ = engines
    first, _ = complete(llama.stream(asked("bonjour à toi"), GREEDY))
    turns = (*asked("bonjour à toi"), Turn("assistant", first), Turn("user", "et après ?"))
    _, usage = complete(llama.stream(turns, GREEDY))
    assert usage.prompt - usage.reused < 40 and usage.reused > 15


def test_closing_a_stream_lets_its_slot_go(engines):
    llama, _ = engines
    long = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=400)
    for _ in range(2 * llama._server.slots):
        stream = llama.stream(asked("raconte"), long)
        next(stream)
        stream.close()
    assert complete(llama.stream(asked("salut"), GREEDY))[1].first_seconds < 2


def test_who_interrupts_does_not_wait_for_a_token(engines):
    """Told before or while it reads: the stream ends, and the slot is another's."""
    ours, _ = engines
    interrupt = Interrupt()
    with interrupt.heard_here():
        stream = ours.stream(asked("raconte"), replace(GREEDY, max_tokens=400))
        next(stream)
        interrupt.now()
        for one in (stream, ours.stream(asked("raconte"), GREEDY)):
            with pytest.raises(BadData):
                complete(one)
    assert complete(ours.stream(asked("salut"), GREEDY))[1].tokens


def test_the_odds_of_tokens_are_those_of_the_model_itself(engines):
    import torch

    loaded, base = load(find("mini")), engines[0].base
    ids = torch.tensor([base._prompt(asked("salut"), GREEDY)])
    with torch.no_grad():
        logprobs = loaded.model(ids).logits[0, -1].log_softmax(-1)
    pieces = [*base.telling_odds(3).stream(asked("salut"), GREEDY)]
    odds = [one for piece in pieces for one in piece.odds]
    assert "".join(pieces) == complete(base.stream(asked("salut"), GREEDY))[0]
    assert b"".join(one.data for one in odds).decode() == "".join(pieces)
    assert [one.logprob for one in odds[0].others] == pytest.approx(
        logprobs.topk(3).values.tolist(), abs=1e-3
    )
    assert all(
        one.token == one.others[0].token and one.logprob <= 0 for one in odds
    )  # the likeliest is taken
    assert isinstance(base, TellsOdds) and isinstance(engines[1], TellsOdds)


def test_the_odds_of_tokens_are_the_same_through_transformers(engines):
    for text in ("salut", "été 🌻\nnuit"):
        ours, theirs = (
            [
                one
                for piece in each.telling_odds(2).stream(asked(text), GREEDY)
                for one in getattr(piece, "odds", ())
            ]
            for each in engines
        )
        assert theirs and [one.data for one in ours] == [one.data for one in theirs]
        assert b"".join(one.data for one in theirs).decode("utf-8", "replace")
        for one, other in zip(ours, theirs, strict=True):
            assert one.logprob == pytest.approx(other.logprob, abs=1e-2)
            for each, same in zip(one.others, other.others, strict=True):
                assert each.data in (same.data, b"")  # llama.cpp does not name control tokens


def test_a_model_in_four_bits_still_speaks_french():
    engine = open_gguf("mini", "q4_k_m")
    text, usage = complete(engine.stream((Turn("user", "salut, ça va ?"),), GREEDY))
    engine.close()
    assert usage.ending == "end" and "ça va" in text


def test_slots_are_many_only_where_they_cost_next_to_nothing():
    assert [slots_of(size << 20) for size in (3, 16, 64, 256, 400, 2000)] == [25, 8, 4, 4, 2, 1]


def test_a_stop_text_ends_the_answer(engines):
    llama, _ = engines
    whole, _ = complete(llama.stream(asked("salut"), GREEDY))
    stop = whole[3:5]
    cut, usage = complete(llama.stream(asked("salut"), Sampling(**{**_as_dict(GREEDY), "stop": (stop,)})))
    assert cut == whole[: whole.index(stop)] and usage.ending == "stop"


def _as_dict(sampling):
    return {name: getattr(sampling, name) for name in sampling.__slots__}


def test_the_adapter_s_file_is_gone_with_the_engine_and_never_in_the_cache(
    double_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path))
    engine = open_gguf(double_folder, "q8_0")
    private = engine._owned.folder
    assert [path.name for path in private.iterdir()] == ["adapter.gguf"]
    engine.close()
    assert not private.exists()
    assert [path.name.split("-")[0] for path in tmp_path.rglob("*.gguf")] == ["mistral"]


@pytest.mark.parametrize("what", ["modele.gguf", "/nulle/part/modele.gguf"])
def test_a_gguf_file_is_known_by_its_name(what):
    assert kind_of(what) == "gguf"
    with pytest.raises(UnknownModel, match="pas de fichier"):
        open_engine(what)


def test_an_engine_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(UnknownModel, match="moteur") as error:
        open_engine("mini", "vroum")
    assert "gguf" in error.value.mend


def test_weights_of_an_unknown_kind_are_told_with_those_that_exist(double_folder):
    with pytest.raises(BadData, match="q9"):
        open_gguf(double_folder, "q9")
