"""Subtitles and dialogues: who speaks, and what is no speech."""

import pytest
from exports_on_the_spot import read, said, write

from sosie.core.errors import SosieError
from sosie.sources.base import read_export, recognise
from sosie.sources.files.archive import open_archive
from sosie.sources.plain_text.speakers import count_speakers, speakers, split_speaker


def srt(*cues):
    return "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n\n" for n, text in enumerate(cues, 1)
    )


def test_subtitles_with_speakers(tmp_path):
    path = write(
        tmp_path / "a.srt",
        srt("Léa : ça va ?", "Marc : oui\net toi ?", "(rires)", "♪ musique ♪", "Léa : ok !"),
    )
    assert said(read(path)) == [("Léa", "ça va ?"), ("Marc", "oui\net toi ?"), ("Léa", "ok !")]
    assert [m.kind for m in read(path)].count("notice") == 2


def test_a_cue_without_a_name_goes_on_with_the_last_speaker(tmp_path):
    path = write(
        tmp_path / "a.srt", srt("Léa : je disais", "que non", "Marc : ah", "- Léa : si\n- Marc : non")
    )
    assert [author for author, _ in said(read(path))] == ["Léa", "Léa", "Marc", "Léa", "Marc"]


def test_cues_without_any_empty_line_between_them(tmp_path):
    path = write(
        tmp_path / "a.srt", srt("Léa : 1", "Marc : 2", "Léa : 15\n16", "Marc : 3").replace("\n\n", "\n")
    )
    assert [text for _, text in said(read(path))] == ["1", "2", "15\n16", "3"]


def test_subtitles_that_name_nobody_are_a_voice(tmp_path):
    path = write(tmp_path / "film.srt", srt("Attention : danger", "il est tard", "rentrons"))
    assert {author for author, _ in said(read(path))} == {"Voix"}


def test_webvtt_with_voices_notes_styles_and_names_of_cues(tmp_path):
    text = (
        "WEBVTT - réunion\n\nSTYLE\n::cue { color: red }\n\nNOTE\nLéa : pas ceci\n\n"
        "c1\n00:01.000 --> 00:02.000 line:0\n<v.fort Léa>Bonjour&nbsp;!</v>\n\nNOTE ni cela\n\n"
        "2\n00:02.000 --> 00:03.000\n<v Marc><b>Oui</b> <00:02.500>là</v>\n"
    )
    assert said(read(write(tmp_path / "a.vtt", text))) == [("Léa", "Bonjour\u00a0!"), ("Marc", "Oui là")]


def test_transcripts_have_no_times_and_stable_ids(tmp_path):
    path = write(tmp_path / "a.srt", srt("Léa : ok", "Marc : ok", "Léa : ok"))
    messages = read(path)
    assert {m.at for m in messages} == {None} and len({m.id for m in messages}) == 3
    assert [m.id for m in read(path)] == [m.id for m in messages]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ANNE : Bonjour", ("ANNE", "Bonjour")),
        ("Paul: miam", ("Paul", "miam")),
        ("Paul\u00a0: a", ("Paul", "a")),
        ("Paul\u202f: a", ("Paul", "a")),
        ("- Jean-Luc D. : a : b", ("Jean-Luc D.", "a : b")),
        ("**Zoé** : gras", ("Zoé", "gras")),
        ("[00:12] Zoé : l'heure", ("Zoé", "l'heure")),
        ("Zoé (00:12) : l'heure", ("Zoé", "l'heure")),
        ("+33 6 39 98 01 07 : oui", ("+33 6 39 98 01 07", "oui")),
        ("Rappel : on part à 8 h", None),
        ("https://exemple.fr", None),
        ("il dit : « non »", ("il dit", "« non »")),
        ("C'est la soupe, vraiment ! : non", None),
        ("sans deux points", None),
        ("", None),
    ],
)
def test_what_may_be_a_speaker(line, found):
    assert split_speaker(line) == found


def test_speakers_come_back_or_look_like_people():
    lines = ["Léa : a", "moi : b", "Léa : c", "moi : d", "Conclusion générale : e", "Jean Petit : f"]
    assert speakers(*count_speakers(lines)) == {"Léa", "moi", "Jean Petit"}
    recipe = ["Farine : 200 g", "Beurre : 100 g", "Sel : un peu", "Sucre : 50 g", "Lait : 1 l"]
    assert speakers(*count_speakers(recipe)) == frozenset()


def test_a_dialogue_goes_on_over_lines_and_empty_lines(tmp_path):
    path = write(
        tmp_path / "d.txt",
        "ANNE : Entrez.\n\nPaul : merci !\nça sent bon\n\nici : oui\n\nANNE : miam\nPaul: oui\n",
    )
    assert said(read(path)) == [
        ("ANNE", "Entrez."),
        ("Paul", "merci !\nça sent bon\n\nici : oui"),
        ("ANNE", "miam"),
        ("Paul", "oui"),
    ]


def test_a_dialogue_of_two_lines_is_enough(tmp_path):
    assert said(read(write(tmp_path / "d.txt", "Léa : salut\nMarc : coucou"))) == [
        ("Léa", "salut"),
        ("Marc", "coucou"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "clé: valeur\nautre: valeur\ntroisième: valeur\n",
        '{"a": 1}\n',
        "Bonjour,\nvoici une lettre.\nRien de plus.\n",
        "name: sosie\nversion: 1\nauthor: moi\n",
        "2024-01-01 10:00:00 INFO: démarré\n2024-01-01 10:00:01 INFO: fini\n",
        "Farine : 200 g\nBeurre : 100 g\nSel : un peu\nSucre : 50 g\nLait : 1 l\n",
    ],
)
def test_texts_that_are_no_dialogue(tmp_path, text):
    with pytest.raises(SosieError):
        recognise(open_archive(write(tmp_path / "t.txt", text)))


def test_what_stands_before_the_first_reply_is_counted(tmp_path):
    reading = read_export(
        write(tmp_path / "d.txt", "Acte premier.\nUne cuisine.\nLéa : a\nMarc : b\nLéa : c\nMarc : d\n")
    )
    assert [len(list(thread.messages)) for thread in reading] == [4]
    assert reading.log.skipped == {"lignes avant la première réplique": 2}
