"""Trap 25: what somebody wrote in a mail, told from all that their programs add."""

import pytest

from sosie.sources.files.html_text import html_to_text
from sosie.sources.mail.mime import attachments, body_text, parse, readable
from sosie.sources.mail.mime_text import unflowed
from sosie.sources.mail.quotes import Own, own_words

WHO = "Hélène Roy <helene@exemple.fr>"
QUOTED = "\n> On se voit quand ?\n> Bises"

LEAD_INS = [
    f"Le mar. 4 mars 2025 à 09:00, {WHO} a écrit :",
    f"Le mar. 4 mars 2025 à 09:00, {WHO} a écrit\u00a0:",
    f"Le mar. 4 mars 2025 à 09:00, {WHO}\u00a0a\u202fécrit\u202f:",
    f"Le mar. 4 mars 2025 à 09:00, {WHO} a\nécrit :",
    f"Le mar. 4 mars 2025 à 09:00,\n{WHO} a\nécrit :",
    f"Le mar. 4 mars 2025 à 09:00, {WHO} a e\u0301crit :",
    f"Le mardi 4 mars 2025 à 09:00:12 UTC+1, {WHO} a écrit :",
    f"Le lun. 3 mars 2025, à 14 h 05, {WHO} a écrit :",
    "Le 04/03/2025 à 09:00, Hélène a écrit :",
    f"Le 4 mars 2025 à 09:00, {WHO} a écrit:",
    f"{WHO} a écrit le 4 mars 2025 à 09:00 :",
    "Hélène Roy a écrit :",
    f"On Tue, Mar 4, 2025 at 9:00 AM {WHO}\nwrote:",
    "On Mar 4, 2025, at 9:00 AM, Hélène wrote:",
    "Am 04.03.2025 um 09:00 schrieb Hélène Roy:",
    f"El mar, 4 mar 2025 a las 9:00, {WHO} escribió:",
]


@pytest.mark.parametrize("lead_in", LEAD_INS)
def test_lead_ins_and_quotes_are_taken_out(lead_in):
    assert own_words(f"Jeudi !\n\n{lead_in}\n{QUOTED}").text == "Jeudi !"
    assert own_words(f"{lead_in}\n{QUOTED}\n\nJeudi !").text == "Jeudi !"


@pytest.mark.parametrize("lead_in", LEAD_INS[:11])
def test_a_lead_in_after_which_nothing_is_marked_ends_the_mail(lead_in):
    assert own_words(f"Jeudi !\n\n{lead_in}\n\nOn se voit quand ?\nBises").text == "Jeudi !"


def test_a_lead_in_that_is_itself_quoted():
    quote = f"> Le 3 mars 2025 à 14:05, {WHO} a écrit :\n> \n> On se voit quand ?"
    text = f"Jeudi !\n\nEnvoyé de mon iPhone\n\n{quote}"
    assert own_words(text).text == "Jeudi !"


def test_what_stands_above_a_lead_in_is_not_part_of_it():
    text = f"Promis !\nLe train part à 9 h.\nLe mar. 4 mars 2025 à 09:00, {WHO} a écrit :{QUOTED}"
    assert own_words(text).text == "Promis !\nLe train part à 9 h."


def test_answers_between_the_quotes_are_kept():
    assert own_words("> Quand ?\nJeudi.\n> Où ?\nChez moi.\n> Bises").text == "Jeudi.\nChez moi."
    assert (
        own_words("Salut,\n\n> Quand ?\n\nJeudi.\n\n> Où ?\n\nChez moi.").text
        == "Salut,\n\nJeudi.\n\nChez moi."
    )


BLOCK = "De : André <andre@exemple.fr>\nEnvoyé : lundi 3 mars 2025 16:10\nÀ : Hélène Roy\nObjet : Re: Réunion"


@pytest.mark.parametrize(
    "block",
    [
        BLOCK,
        f"________________________________\n{BLOCK}",
        BLOCK.replace("À : Hélène Roy", "À : Hélène Roy;\n    Léo; Zoé\nCc : Bob"),
        BLOCK.replace(" :", "\u00a0:"),
        "*De :* André <andre@exemple.fr>\n*Envoyé :* lundi\n*À :* Hélène\n*Objet :* x",
        "De: André\nDate: lun. 3 mars\nSujet: x\nPour: Hélène",
        "From: André <andre@exemple.fr>\nSent: Monday\nTo: Hélène\nSubject: x",
        "envoyé : 3 mars 2025 à 16:10\nde : André <andre@exemple.fr>\nà : Hélène\nobjet : x",
        "-----Message d'origine-----\nDe : André",
        "-----Message d’origine-----\nDe : André",
        "----- Mail original -----\nDe: André",
        "-------- Message original --------",
        "-----Original Message-----\nFrom: André",
    ],
)
def test_an_outlook_block_or_a_rule_ends_the_mail(block):
    assert (
        own_words(f"Parfait, merci !\n\nHélène\n\n{block}\n\nvieux texte\n> plus vieux").text
        == "Parfait, merci !\n\nHélène"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Envoyé de mon iPhone",
        "Envoyé de mon iPad",
        "Envoyé depuis mon mobile",
        "Envoyé depuis mon smartphone Samsung Galaxy.",
        "Envoyé à partir de Outlook pour Android<https://aka.ms/AAb9ysg>",
        "Envoyé à partir de Yahoo Mail pour iPhone",
        "Envoyé depuis l'application Orange Mail",
        "Envoyé d'un téléphone Huawei",
        "Envoyé avec Proton Mail pour Android",
        "Envoyé avec la messagerie sécurisée Proton Mail.",
        "Télécharger Outlook pour Android",
        "Télécharger Outlook pour Android<https://aka.ms/ghei36>",
        "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
        "Provenance : Courrier pour Windows 10",
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Garanti sans virus. www.avast.com",
    ],
)
def test_footers_of_phones_and_programs_are_taken_out(line):
    assert own_words(f"Ok pour jeudi\n\n{line}").text == "Ok pour jeudi"


@pytest.mark.parametrize(
    "text",
    [
        "Envoyé depuis hier, le colis n'arrive pas.",
        "Je te l'ai envoyé de mon iPhone hier",
        "Le prof a écrit :\nbien joué\nC'est gentil",
        "Zoé a écrit : « non ».\nTriste.",
        "Mon billet :\nDe : Paris\nÀ : Lyon\nDate : lundi\n\nà plus",
        "Un\n----------\nDeux",
        "1. Oui\n2. Non : jamais\nObjet : rien",
        "Comme dit l'autre :\n\nLa vie est belle",
        "a -- b -- c\n--option",
        "Cordialement,\nHélène",
    ],
)
def test_what_people_write_is_left_as_it_is(text):
    assert own_words(text) == Own(text)


@pytest.mark.parametrize("mark", ["-- ", "--", "--\u00a0", "—"])
def test_signatures_are_taken_out(mark):
    assert (
        own_words(f"Bien à toi,\nHélène\n{mark}\nHélène Roy - Mairie\nTél. 01 99 00 12 34").text
        == "Bien à toi,\nHélène"
    )


def test_a_signature_that_nothing_announces_is_known_by_its_ways_to_reach_somebody():
    text = "Merci beaucoup.\n\nCordialement,\n\nJean Dupont\nDirecteur\nTél : 01 99 00 12 34\nwww.exemple.fr"
    assert own_words(text).text == "Merci beaucoup.\n\nCordialement,"
    assert own_words("Merci.\n\nMon numéro :\nfixe : 01 99 00 12 34\nmobile : 06 39 98 01 07").text.endswith(
        "06 39 98 01 07"
    )


@pytest.mark.parametrize(
    "announced",
    [
        "---------- Forwarded message ---------",
        "---------- Message transféré ---------",
        "-------- Message transféré --------",
        "Début du message transféré :",
        "Début du message réexpédié :",
        "Begin forwarded message:",
    ],
)
def test_forwarded_mails_are_not_the_senders_words(announced):
    assert own_words(f"t'as vu ?\n\n{announced}\n\nDe : Léo\nObjet : x\n\nses mots") == Own("t'as vu ?", True)


def body(text, kind="text/plain; charset=utf-8", wrapping="8bit", encoding="utf-8"):
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: {wrapping}\n\n".encode()
    return body_text(parse(head + (text if isinstance(text, bytes) else text.encode(encoding))))


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("text/plain; charset=iso-8859-1", "cp1252"),
        ("text/plain; charset=windows-1252", "cp1252"),
        ("text/plain; charset=iso-8859-15", "iso-8859-15"),
        ("text/plain", "cp1252"),
        ("text/plain; charset=us-ascii", "utf-8"),
        ("text/plain; charset=charset-inventé", "utf-8"),
        ('text/plain; charset="utf-16"', "utf-16"),
    ],
)
def test_charsets_that_are_told_or_lie(kind, encoding):
    assert body("Ça coûte 5 €", kind, encoding=encoding) == "Ça coûte 5 €"


def test_quoted_printable_and_base64_even_when_cut():
    assert body("=C3=A7a va =\nbien", wrapping="quoted-printable") == "ça va bien"
    assert body("w6dhIHZhIGJpZW4=", wrapping="base64") == "ça va bien"
    assert body("w6dhIHZhIGJp!!\nZW4", wrapping="BASE64") == "ça va bien"
    assert body("w6dhI", wrapping="base64") == "ça"


def test_format_flowed_is_joined_and_a_signature_is_not():
    assert unflowed("un \ndeux\ntrois \n-- \nmoi") == "un deux\ntrois \n-- \nmoi"
    assert unflowed("> cité \n> suite\nmoi") == "> cité suite\nmoi"
    assert unflowed("mot\u00e9 \ncollé", joined=True) == "motécollé"


def test_html_alone_is_read_and_plain_text_is_preferred():
    both = "--b\nContent-Type: text/html\n\n<p>html</p>\n--b\nContent-Type: text/plain\n\nsimple\n--b--\n"
    assert body(both, "multipart/alternative; boundary=b") == "simple"
    empty = both.replace("simple", " ")
    assert body(empty, "multipart/alternative; boundary=b") == "html"


def test_html_as_a_person_reads_it():
    page = "<style>x</style><p>Un &amp; deux</p><p class=MsoNormal>Trois<br>quatre</p>"
    page += "<div>3 < 5</div><!-- rien -->fin"
    assert html_to_text(page) == "Un & deux\n\nTrois\nquatre\n3 < 5\nfin"
    assert html_to_text("<blockquote>cité<br>suite</blockquote>moi") == "> cité\n> suite\nmoi"
    assert html_to_text('moi<div class="moz-signature">Zoé</div>') == "moi\n-- \nZoé"


def test_attachments_give_their_kind_and_never_their_words():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nvoici\n"
        b"--b\nContent-Type: application/octet-stream; name=a.heic\n\nbinaire\n"
        b"--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=n.txt\n\npas de moi\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: x\n\nson texte\n--b--\n"
    )
    part = parse(raw)
    assert body_text(part) == "voici" and list(attachments(part)) == ["image", "file", "file"]


def test_a_boundary_that_never_comes_leaves_the_text():
    assert body("bonjour", "multipart/mixed; boundary=rien") == "bonjour"


def test_headers_in_pieces_and_in_raw_bytes():
    assert readable("=?UTF-8?Q?R=C3=A9?= =?UTF-8?Q?union?= de mardi") == "Réunion de mardi"
    assert readable("=?x-inconnu?q?a=E9?=") == "aé"
    assert readable("=?utf-8?b?4pu=?= =?utf-8?b?1?=").startswith("=?")  # broken: left as it came
    assert parse("Subject: Été\n déjà\n\n".encode("latin-1")).header("subject") == "Été déjà"
