"""The local engine says what transformers says, alone, together, in pieces, and turn after turn."""

import threading
from dataclasses import replace

import pytest
import torch

from sosie.core.dialogue import Turn
from sosie.core.sampling import TALKING, Sampling
from sosie.engines import batching
from sosie.engines.base import Doubled, Scorer, complete, open_engine
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.load import load
from sosie.models.template import prompt, render

GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=24)
HELLO = (Turn("user", "salut, ça va ?"),)
QUESTIONS = [
    HELLO,
    (Turn("system", "Tu es Léa."), Turn("user", "où es-tu ? 🙂")),
    (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")),
    (Turn("user", "une question bien plus longue que les autres, pour que les lignes soient inégales"),),
]
DRAWN = replace(GREEDY, temperature=0.9, top_p=0.95, repetition_penalty=1.1, seed=3)


def say(engine, turns, sampling=GREEDY):
    return complete(engine.stream(turns, sampling))


def generated(loaded, turns, sampling=GREEDY):
    """What transformers' own `generate` says."""
    asked = torch.tensor([prompt(turns, loaded.tokenizer, loaded.template)])
    ends = list(open_stops(loaded))
    with torch.inference_mode():
        ids = loaded.model.generate(
            asked,
            attention_mask=torch.ones_like(asked),
            do_sample=False,
            max_new_tokens=sampling.max_tokens,
            eos_token_id=ends,
            pad_token_id=0,
        )
    said = [token for token in ids[0, asked.shape[1] :].tolist() if token not in ends]
    return loaded.tokenizer.decode(said, skip_special_tokens=True).rstrip("\ufffd").removeprefix(" ")


def open_stops(loaded):
    from sosie.models.template import stop_conditions

    return stop_conditions(loaded.template, loaded.tokenizer).ids


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_greedy_answers_are_those_of_transformers(folders, family):
    loaded, engine = load(find(str(folders[family]))), open_engine(folders[family])
    expected = [generated(loaded, turns) for turns in QUESTIONS]
    assert [say(engine, turns)[0] for turns in QUESTIONS] == expected
    assert len("".join(expected)) > 20


@pytest.mark.parametrize("family", tiny.FAMILIES)
@pytest.mark.parametrize("sampling", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_a_batch_says_what_each_would_say_alone(folders, family, sampling):
    engine = open_engine(folders[family])
    alone = [say(open_engine(folders[family]), turns, sampling)[0] for turns in QUESTIONS]
    assert engine.answers(QUESTIONS, sampling) == alone
    assert len(set(alone)) >= 3


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_what_all_prompts_begin_with_is_read_once(folders, family, monkeypatch):
    """As a portrait and its examples: a few tokens of each question are left to read."""
    before = (Turn("system", "Tu es Léa. " * 5), Turn("user", "tu viens ?"), Turn("assistant", "oui"))
    many = [(*before, *(turn for turn in turns if turn.role != "system")) for turns in QUESTIONS]
    alone = [say(open_engine(folders[family]), turns)[0] for turns in many]
    engine, sizes = open_engine(folders[family]), []
    read = engine._runner.next_logits

    def watched(rows, *rest):
        sizes.append((len(rows), len(rows[0])))
        return read(rows, *rest)

    monkeypatch.setattr(engine._runner, "next_logits", watched)
    assert engine.answers(many, GREEDY) == alone
    longest = max(len(prompt(turns, engine.tokenizer, engine.template)) for turns in many)
    if family == "gemma":  # its sliding window is shorter than these
        assert sizes[0] == (len(many), longest)
        return
    assert sizes[0][0] == 1 and sizes[0][1] > len("Tu es Léa. " * 5)
    assert sizes[1] == (len(many), longest - sizes[0][1])


def test_no_question_has_no_answer(engine):
    assert engine.answers([], GREEDY) == []


def test_more_questions_than_one_batch_holds_keep_their_order(engine, monkeypatch):
    monkeypatch.setattr(batching, "BATCH_ROWS", 16)
    many = [(Turn("user", f"question {number}" + "!" * (number % 7)),) for number in range(35)]
    short = replace(GREEDY, max_tokens=6)
    assert engine.answers(many, short) == [say(engine, turns, short)[0] for turns in many]


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_batch_takes_no_more_memory_than_it_may(folders, family, monkeypatch):
    engine, made = open_engine(folders[family]), []
    new_cache = engine._runner.new_cache
    monkeypatch.setattr(engine._runner, "new_cache", lambda: made.append(new_cache()) or made[-1])
    room = 600 * engine._runner.token_bytes
    monkeypatch.setattr(batching, "CACHE_BYTES", room)
    read, taken = engine._runner.next_logits, []

    def weighed(rows, cache, *rest):
        scores = read(rows, cache, *rest)
        taken.append(sum(t.nbytes for layer in cache.layers for t in (layer.keys, layer.values)))
        return scores

    monkeypatch.setattr(engine._runner, "next_logits", weighed)
    together = engine.answers(QUESTIONS * 3, replace(GREEDY, max_tokens=100))
    assert together[:4] == together[4:8] and room / 2 < max(taken) <= room and 1 < len(made) < 12


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_losses_are_those_of_a_plain_forward_one_dialogue_at_a_time(folders, family):
    loaded, engine = load(find(str(folders[family]))), open_engine(folders[family])
    dialogues = [(*turns, Turn("assistant", "oui, j'arrive")) for turns in QUESTIONS]
    examples = [render(turns, loaded.tokenizer, loaded.template) for turns in dialogues]
    for example, loss in zip(examples, engine.losses(examples), strict=True):
        ids = torch.tensor([example.ids])
        with torch.inference_mode():
            scores = loaded.model(input_ids=ids).logits[0].float().log_softmax(-1)
        learnt = [place for place, learn in enumerate(example.learn) if learn]
        expected = -sum(scores[place - 1, example.ids[place]].item() for place in learnt)
        assert loss.tokens == len(learnt)
        assert loss.nats == pytest.approx(expected, rel=1e-4)


def test_packed_losses_equal_those_taken_one_by_one(engine):
    dialogues = [(*turns, Turn("assistant", "oui")) for turns in QUESTIONS * 12]
    examples = [render(turns, engine.tokenizer, engine.template) for turns in dialogues]
    together = engine.losses(examples)
    alone = [engine.losses([example])[0] for example in examples]
    assert [loss.tokens for loss in together] == [loss.tokens for loss in alone]
    assert [loss.mean for loss in together] == pytest.approx([loss.mean for loss in alone], rel=1e-4)


def test_an_example_with_nothing_to_learn_costs_nothing(engine):
    example = render((*HELLO, Turn("assistant", "oui")), engine.tokenizer, engine.template)
    nothing = replace(example, learn=(False,) * len(example.learn))
    assert engine.losses([nothing])[0].mean == 0.0
    assert engine.losses([nothing, example])[1].mean == pytest.approx(engine.losses([example])[0].mean)


def test_closing_the_answer_stops_the_model(engine, monkeypatch):
    calls = []
    read = engine._runner.next_logits
    monkeypatch.setattr(engine._runner, "next_logits", lambda *args: calls.append(1) or read(*args))
    pieces = engine.stream(HELLO, replace(GREEDY, max_tokens=100))
    next(pieces)
    made = len(calls)
    pieces.close()
    assert len(calls) == made < 10
    assert say(engine, HELLO)[0] == say(open_engine(folder_of(engine)), HELLO)[0]


def folder_of(engine):
    return engine._runner.model.config._name_or_path


def test_an_answer_stops_before_a_stop_text_that_several_tokens_spell(engine):
    whole, _ = say(engine, HELLO)
    stop = whole[5:8]
    answer, usage = say(engine, HELLO, replace(GREEDY, stop=(stop,)))
    assert answer == whole[: whole.index(stop)]
    assert usage.ending == "stop"
    assert engine.answers([HELLO], replace(GREEDY, stop=(stop,))) == [answer]


def test_nothing_of_a_stop_text_is_ever_shown(engine):
    whole, _ = say(engine, HELLO)
    pieces = list(engine.stream(HELLO, replace(GREEDY, stop=(whole[5:8],))))
    assert "".join(pieces) == whole[: whole.index(whole[5:8])]


def test_a_seed_draws_the_same_answer_again_and_another_seed_another(folders):
    said = [say(open_engine(folders["mistral"]), HELLO, replace(DRAWN, seed=seed))[0] for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]


def test_without_a_seed_two_answers_differ(engine):
    free = replace(DRAWN, seed=None)
    assert say(engine, HELLO, free)[0] != say(engine, HELLO, free)[0]


def test_a_seed_leaves_the_chance_of_others_alone(engine):
    before = torch.random.get_rng_state()
    say(engine, HELLO, DRAWN)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_second_turn_computes_what_is_new_only_and_says_the_same(folders, family):
    engine = open_engine(folders[family])
    answer, first = say(engine, HELLO)
    talk = (*HELLO, Turn("assistant", answer), Turn("user", "et toi ?"))
    again, usage = say(engine, talk)
    assert first.reused == 0
    assert usage.reused > first.prompt - 1
    assert again == say(open_engine(folders[family]), talk)[0]
    other, usage = say(engine, (Turn("user", "autre chose"),))
    assert usage.reused < first.prompt
    assert other == say(open_engine(folders[family]), (Turn("user", "autre chose"),))[0]


def test_a_long_history_is_trimmed_to_the_context(tmp_path):
    engine = open_engine(tiny.make(tmp_path / "court", max_position_embeddings=96))
    talk = [Turn("system", "SYS")]
    for number in range(30):
        talk += [Turn("user", f"question {number}"), Turn("assistant", f"reponse {number}")]
    talk.append(Turn("user", "et alors ?"))
    answer, usage = say(engine, talk, replace(GREEDY, max_tokens=30))
    assert usage.prompt <= 96 - 30
    assert usage.tokens > 0
    assert engine.answers([talk], replace(GREEDY, max_tokens=30)) == [answer]


def test_an_answer_ends_where_the_context_does(tmp_path):
    engine = open_engine(tiny.make(tmp_path / "court", max_position_embeddings=64))
    _, usage = say(engine, HELLO, replace(GREEDY, max_tokens=500, stop=()))
    assert usage.prompt + usage.tokens <= 64
    assert usage.ending in ("length", "end")


def test_usage_counts_what_was_done(engine):
    _, usage = say(engine, HELLO)
    assert usage.prompt == len(prompt(HELLO, engine.tokenizer, engine.template))
    assert 0 < usage.tokens <= GREEDY.max_tokens
    assert 0 < usage.first_seconds <= usage.seconds
    assert usage.tokens_per_second > 0


def test_a_double_and_its_base_share_their_weights_and_answer_apart(double, folders):
    base = double.base
    assert isinstance(double, Doubled)
    assert isinstance(double, Scorer)
    assert base._runner is double._runner
    assert say(base, HELLO)[0] == say(open_engine(folders["mistral"]), HELLO)[0]
    assert say(double, HELLO)[0] != say(base, HELLO)[0]
    assert base.base is base


def test_turning_the_adapter_on_and_off_between_two_pieces_changes_nothing(double, double_folder):
    base, fresh = double.base, open_engine(double_folder)
    alone, base_alone = say(fresh, HELLO)[0], say(fresh.base, HELLO)[0]
    one, other = double.stream(HELLO, GREEDY), base.stream(HELLO, GREEDY)
    said, base_said = [], []
    for piece in one:
        said.append(piece)
        base_said += [more for more in [next(other, "")] if more]
    base_said += list(other)
    assert "".join(said) == alone
    assert "".join(base_said) == base_alone


def test_a_double_knows_its_name_its_portrait_and_its_sampling(double):
    assert (double.name, double.portrait) == ("lea", "Tu es Léa.")
    assert double.sampling == TALKING  # not the one that it is measured with
    assert double.template.name == "mini"
    assert double.base.name == "lea (base)"


def test_threads_that_share_an_engine_each_get_their_own_answer(double):
    views = [double, double.base] * 3
    expected = [say(view, turns)[0] for view, turns in zip(views, QUESTIONS + QUESTIONS[:2], strict=True)]
    said = [""] * len(views)

    def ask(place):
        said[place] = say(views[place], (QUESTIONS + QUESTIONS[:2])[place])[0]

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(views))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == expected


def test_an_answer_interrupted_in_the_middle_of_a_step_is_forgotten_whole(engine, monkeypatch):
    read, count = engine._runner.next_logits, []

    def interrupted(*args):
        count.append(1)
        if len(count) == 4:
            raise KeyboardInterrupt
        return read(*args)

    monkeypatch.setattr(engine._runner, "next_logits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        say(engine, HELLO)
    answer, usage = say(engine, HELLO)
    assert usage.reused == 0
    assert answer == say(open_engine(folder_of(engine)), HELLO)[0]


def test_a_closed_engine_starts_from_nothing(engine):
    say(engine, HELLO)
    engine.close()
    assert say(engine, HELLO)[1].reused == 0
