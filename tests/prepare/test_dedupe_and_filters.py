"""Copies once, and dialogues that teach nothing left out, each with its reason."""

from collections import Counter

import pytest
from prepare_talk import dialogue

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.prepare import dedupe
from sosie.prepare.dedupe import without_copies, without_near_copies
from sosie.prepare.filters import ONE_WORD, ONE_WORD_AT_LEAST, reasons, score, worth_learning
from sosie.prepare.near_copies import first_alike


def run(rule, *dialogues):
    told = Counter()
    kept = list(rule(dialogues, lambda reason, count, *items: told.update({reason: count})))
    assert len(kept) + told.total() == len(dialogues)
    return kept, told


def test_a_copy_is_dropped_and_the_first_is_kept():
    first, copy = dialogue("Ça va ?", "oui  très bien"), dialogue("ça va ?", "Oui très\nbien ", day=3)
    kept, told = run(without_copies, first, copy)
    assert kept == [first] and list(told) == ["copie exacte d'un autre dialogue"]


@pytest.mark.parametrize(
    "texts", [("ça va ?", "oui"), ("ça va ?", "non"), ("ça va ?", "oui", "et ?", "non"), ("ça va ?oui", "")]
)
def test_what_differs_by_a_word_or_a_turn_is_kept(texts):
    kept, _ = run(without_copies, dialogue("ça va", "oui"), dialogue(*texts))
    assert len(kept) == 2


def test_a_dialogue_without_a_word_from_me_is_dropped():
    kept, told = run(worth_learning, dialogue("ça va ?", "👍"), dialogue("à quelle heure ?", "15"))
    assert not kept and told == {"aucune réponse avec un mot": 2}


@pytest.mark.parametrize("reply", ["[TÉLÉPHONE_1]", "https://exemple.fr/page", "[EMAIL_2] !\n[LIEN_1]"])
def test_masks_and_links_alone_are_dropped(reply):
    kept, told = run(worth_learning, dialogue("alors ?", reply))
    assert not kept and len(told) == 1


@pytest.mark.parametrize("replies", [("oui",), ("👍", "ok"), ("[TÉLÉPHONE_1] voilà",), ("à 15h",)])
def test_one_word_of_mine_is_enough(replies):
    texts = [text for reply in replies for text in ("alors ?", reply)]
    assert run(worth_learning, dialogue(*texts))[0]


LONG = "on se retrouve samedi devant le cinéma vers vingt heures avec tout le monde"


@pytest.mark.parametrize(
    "again",
    [
        LONG.upper(),
        LONG.replace("samedi", "dimanche"),
        LONG.replace("é", "e") + " !",
        LONG.replace("tout ", ""),
    ],
)
def test_a_dialogue_with_a_few_words_changed_is_a_copy(again):
    first, copy = dialogue("tu fais quoi ce soir ?", LONG), dialogue("tu fais quoi ce soir ?", again, day=3)
    kept, told = run(without_near_copies, first, copy)
    assert kept == [first] and list(told) == [dedupe.NEAR_COPY]


def test_the_same_question_answered_otherwise_is_no_copy():
    asked = "raconte-moi ta journée de la façon la plus précise possible s'il te plaît mon ami " * 3
    kept, _ = run(without_near_copies, dialogue(asked, "bof rien"), dialogue(asked, "j'ai vu la mer enfin"))
    assert len(kept) == 2


def test_near_copies_are_found_among_thousands_of_others():
    texts = [f"mot{n} phrase{n} numéro{n} suite{n} fin{n} encore{n} voilà{n} tout{n}" for n in range(3000)]
    twins = [" ".join(["autre", *text.split()[1:]]) for text in texts[::100]]
    assert first_alike([*texts, *twins], 80)[3000:] == [*range(0, 3000, 100)]


def test_two_books_are_compared_in_no_time():
    book = "il était une fois un mot qui ne finissait pas " * 20_000
    assert first_alike([book, f"{book} fin"], 80) == [0, 0]


def repeated(*dialogues):
    """What is kept, and why replies are no longer learnt."""
    told = Counter()
    kept = list(without_copies(dialogues, on_repeat=lambda why, count, *items: told.update({why: count})))
    return kept, told


def test_a_text_pasted_again_is_read_and_not_learnt_again():
    kept, told = repeated(dialogue("a", LONG), dialogue("b", LONG, "c", "et toi ?", day=1))
    assert [turn.learnt for turn in kept[1].turns] == [True, False, True, True]
    assert told == {dedupe.PASTED: 1}


@pytest.mark.parametrize(
    "text",
    [
        "ATTENTION envoie ce message à dix personnes avant minuit sinon tu auras sept ans de malheur",
        "c'est l'histoire d'un mec qui rentre dans un bar et qui demande un verre d'eau au patron",
    ],
)
def test_chain_letters_and_jokes_that_go_round_are_not_my_words(text):
    kept, told = repeated(dialogue("a", text, "b", "t'as vu ça"))
    assert told == {dedupe.CHAIN: 1} and not kept[0].turns[1].learnt


def test_greetings_are_learnt_twenty_times():
    talks = [dialogue("coucou", "Coucou !", f"question {n} ?", f"réponse {n}", day=n) for n in range(30)]
    kept, told = repeated(*talks)
    assert told == {dedupe.GREETED: 10} and sum(d.turns[1].learnt for d in kept) == 20


@pytest.mark.parametrize(
    "reason, texts",
    [
        ("réponses faites seulement de réactions", ("regarde", "mdrrr", "et ça", "hahaha 😂")),
        ("réponses dans une autre langue", ("ça va ?", "I don't know what you want to do with this today")),
        ("réponses dans une autre langue", ("ça va ?", "أنا بخير والحمد لله وأنت كيف حالك")),
        ("du code collé", ("alors ?", "def add(a, b):\n    return a.plus(b);\nprint(add(1, 2));")),
        ("échange avec un robot", ("Votre code est 482913. Ne le partagez pas.", "merci beaucoup à vous")),
    ],
)
def test_what_teaches_nothing_has_its_reason(reason, texts):
    assert reason in reasons(dialogue(*texts))
    kept, told = run(worth_learning, dialogue(*texts))
    assert not kept and list(told) == [reason]


@pytest.mark.parametrize(
    "reply",
    [
        "jsp tkt on verra bien, it's fine",
        "mdr t'es sérieux là",
        "j'ai dit : oui ; non ; peut-être",
        "trop cool",
    ],
)
def test_ordinary_texting_is_kept(reply):
    assert not reasons(dialogue("alors ?", reply))


def test_one_word_answers_are_kept_up_to_their_share():
    talks = [dialogue(f"question {n} ?", "ok" if n % 2 else "je sais pas trop", day=n) for n in range(100)]
    kept, told = run(worth_learning, *talks)
    assert told == {ONE_WORD: 50 - ONE_WORD_AT_LEAST} and len(kept) == 50 + ONE_WORD_AT_LEAST


def test_a_ready_data_set_is_judged_by_its_words_alone():
    turns = (Turn("user", "say it"), Turn("assistant", "I don't know what you want to do with this"))
    assert not reasons(Dialogue(turns, Origin(source="openai_jsonl")))


def test_more_of_ones_own_words_score_higher():
    poor, rich = (
        dialogue("ok", "ok"),
        dialogue("tu fais quoi ce soir ?", "je pensais aller voir la mer, et toi ?"),
    )
    spoilt = dialogue("ok", "https://exemple.fr")
    assert 0 <= score(spoilt) < score(poor) < score(rich) <= 1
