"""What a double is asked, and what is left out of the measure."""

from dataclasses import replace

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.evaluate.heldout import contexts, held_out, interlocutors


def dialogue(*texts: str, **origin) -> Dialogue:
    roles = ("user", "assistant")
    return Dialogue(tuple(Turn(roles[at % 2], text) for at, text in enumerate(texts)), Origin(**origin))


def test_each_reply_is_asked_for_with_all_that_truly_stood_before_it():
    first, second = contexts(dialogue("tu viens ?", "oui", "quand ?", "20h", correspondents=("[AMI_1]",)))
    assert (first.asked, first.reply, first.correspondent) == ("tu viens ?", "oui", "[AMI_1]")
    assert [turn.text for turn in second.turns] == ["tu viens ?", "oui", "quand ?"] and second.reply == "20h"


def test_generated_and_transcribed_words_are_not_the_persons_style():
    some = [
        dialogue("a", "b"),
        dialogue("c", "d", generated=True),
        dialogue("e", "f", "g", "h", transcribed=True),
    ]
    held = held_out(some, 10, 7)
    assert held.truth == ["b"] and held.left_out == {"generated": 1, "transcribed": 2}


def test_of_a_planted_mix_only_what_was_typed_is_measured_and_the_rest_is_told():
    """Twenty dialogues of three replies: some typed, some said, some under an invented question."""
    mix = []
    for number in range(20):
        words = [text for n in range(3) for text in (f"q{number}-{n}", f"r{number}-{n}")]
        ids = tuple((f"{number}-{n}",) for n in range(3))
        said = tuple(f"{number}-{n}" for n in range(number % 4))  # none, the first, two, or all of them
        origin = {"replies": ids, "spoken": said, "transcribed": bool(said), "generated": number >= 16}
        mix.append(dialogue(*words, **origin))
    held = held_out(mix, 1000, 7)
    assert set(held.truth) == {f"r{n}-{k}" for n in range(16) for k in range(n % 4, 3)}
    assert held.left_out == {"generated": 12, "transcribed": 24} and held.dialogues == 12
    assert len(held.truth) + sum(held.left_out.values()) == 60


def test_a_dialogue_that_does_not_say_which_replies_were_spoken_is_not_measured():
    untold = dialogue("a", "b", "c", "d", transcribed=True, spoken=("1",), replies=(("1",),))
    assert held_out([untold], 10, 7).left_out == {"generated": 0, "transcribed": 2}


def test_what_others_said_aloud_is_not_how_they_write():
    heard = dialogue("[vocal] j'arrive\nok ?", "oui", "[vocal] bon", "d'accord", correspondents=("[AMI_1]",))
    assert interlocutors([heard]) == {"[AMI_1]": ["ok ?"]}


def test_a_reply_that_is_only_context_is_not_asked_for():
    whole = dialogue("a", "b", "c", "d")
    read_only = replace(
        whole, turns=(whole.turns[0], replace(whole.turns[1], learnt=False), *whole.turns[2:])
    )
    (asked,) = contexts(read_only)
    assert asked.reply == "d" and [turn.text for turn in asked.turns] == ["a", "b", "c"]


def test_of_too_many_contexts_some_are_drawn_in_their_order():
    some = [dialogue(f"question {n}", f"réponse {n}") for n in range(50)]
    held = held_out(some, 20, 7)
    numbers = [int(reply.split()[1]) for reply in held.truth]
    assert len(numbers) == 20 and numbers == sorted(numbers) and held.of == 50
    assert held.truth == held_out(some, 20, 7).truth != held_out(some, 20, 8).truth


def test_others_are_told_apart_in_a_group_and_in_a_chat_of_two():
    group = dialogue(
        "[AMI_1] : on y va ?\nvite\n[AMI_2] : oui", "ok", group=True, correspondents=("[AMI_1]", "[AMI_2]")
    )
    alone = dialogue("tu fais quoi", "rien", correspondents=("[AMI_1]",))
    assert interlocutors([group, alone]) == {
        "[AMI_1]": ["on y va ?\nvite", "tu fais quoi"],
        "[AMI_2]": ["oui"],
    }


def test_a_user_turn_of_nobody_in_particular_is_no_other_person():
    assert interlocutors([dialogue("bonjour", "salut")]) == {}
