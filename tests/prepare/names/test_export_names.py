"""What an export tells about names, and what it does not."""

from sosie.core.message import Conversation, Message
from sosie.prepare.names.export_names import ExportNames


def heard(*lines, authors=()):
    """The names told by these authors and messages, each « Malo: salut »."""
    listener = ExportNames()
    messages = [
        Message(id=str(n), author=a, text=t) for n, (a, _, t) in enumerate(x.partition(": ") for x in lines)
    ]
    messages += [Message(id=name, author=name, text="") for name in authors]
    conversation = Conversation("c", "titre", "whatsapp", False, tuple(messages))
    for _ in listener.watch(conversation).messages:
        pass
    return listener.names()


def found(names, text):
    return [(one.kind, one.same) for one in names.find(text)]


def test_an_author_gives_a_first_name_and_a_surname():
    names = heard(authors=["Malo Le Goff"])
    assert found(names, "t'as vu le goff ?") == [("nom", "le goff")]
    assert found(names, "malo le goff") == [("prénom", "malo"), ("nom", "le goff")]


def test_a_name_that_no_list_has_is_known_from_its_author():
    names = heard(authors=["Zorglub"])
    assert found(names, "zorglub arrive") == found(names, "ZORGLUB !") == [("prénom", "zorglub")]


def test_what_an_address_book_adds_is_no_name():
    names = heard(authors=["Maman ❤️", "Coiffeur Jean", "Info SFR", "+33 6 39 98 12 47"])
    assert found(names, "maman est chez le coiffeur, info sfr") == []


def test_a_surname_that_is_a_word_needs_its_capital_or_its_first_name():
    names = heard(authors=["Zoé Petit"])
    assert found(names, "un petit peu") == []
    assert found(names, "zoé petit") == [("prénom", "zoe"), ("nom", "petit")]


def test_a_diminutive_is_the_person_it_is_short_for():
    names = heard(authors=["Alexandre", "Isabelle"])
    assert found(names, "alex et isa arrivent") == [("prénom", "alexandre"), ("prénom", "isabelle")]


def test_a_diminutive_of_two_people_is_its_own():
    names = heard(authors=["Alexandre", "Alexia"])
    assert found(names, "alex arrive") == [("prénom", "alex")]


def test_the_beginning_of_a_name_that_is_a_word_stays_a_word():
    names = heard("Léa: j'ai mal dormi", "Léa: trop mal", authors=["Malo"])
    assert found(names, "j'ai mal au dos") == []


def test_who_is_called_with_a_capital_is_somebody():
    names = heard(
        "Léa: salut Kwamo", "Léa: je suis avec Kwamo là", "Léa: on va chez Carrefour", "Léa: chez Carrefour"
    )
    assert found(names, "kwamo vient ?") == [("prénom", "kwamo")]
    assert found(names, "carrefour ferme à 20h") == []


def test_somebody_who_is_called_as_a_word_is_told_from_it():
    names = heard(authors=["Rose", "Ben", "Max", "Le Chat"])
    assert found(names, "ben oui, eh ben, une robe rose, au max 10 min, le chat dort") == []
    assert [one for _, one in found(names, "rose arrive, dis à ben et max")] == ["rose", "ben", "max"]


def test_a_town_where_one_goes_is_nobody():
    names = heard("Léa: on va à Kyoto", "Léa: je suis à Kyoto", "Léa: dis à Kwamo", "Léa: dis à Kwamo oui")
    assert found(names, "kyoto ou kwamo ?") == [("prénom", "kwamo")]


def test_a_word_that_people_write_small_is_nobody():
    names = heard("Léa: salut Raclette", "Léa: avec Raclette", *["Malo: une raclette ?"] * 5)
    assert found(names, "raclette ce soir") == []


def test_notices_tell_nothing():
    listener = ExportNames()
    notice = Message(id="1", author="Appli", text="avec Kwamo", kind="notice")
    for _ in listener.watch(Conversation("c", "t", "whatsapp", False, (notice, notice))).messages:
        pass
    assert not listener.authors and not listener.called
