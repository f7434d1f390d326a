"""WhatsApp in other languages: what the app says is never taken for a person's words, nor the other way."""

import pytest
from exports_on_the_spot import LRM, said

from sosie.sources.base import read_export
from sosie.sources.whatsapp.phrases import LANGUAGES

ANDROID, IOS = "01/02/2024, 10:00 - Zoé: ", "[01/02/2024, 10:00:00] Zoé: "

DELETED = {
    "en": ["This message was deleted", "You deleted this message"],
    "es": ["Se eliminó este mensaje.", "Eliminaste este mensaje."],
    "de": ["Diese Nachricht wurde gelöscht.", "Du hast diese Nachricht gelöscht."],
    "it": ["Questo messaggio è stato eliminato.", "Hai eliminato questo messaggio."],
    "pt": ["Mensagem apagada", "Você apagou esta mensagem"],
    "nl": ["Dit bericht is verwijderd.", "Je hebt dit bericht verwijderd."],
}
EDITED = {
    "en": "<This message was edited>",
    "es": "<Se editó este mensaje.>",
    "de": "<Diese Nachricht wurde bearbeitet>",
    "it": "<Questo messaggio è stato modificato>",
    "pt": "<Mensagem editada>",
    "nl": "<Dit bericht is bewerkt>",
}
ANDROID_MEDIA = [
    ("<Media omitted>", "file"),
    ("<Multimedia omitido>", "file"),
    ("<Medien ausgeschlossen>", "file"),
    ("<Media omessi>", "file"),
    ("<Mídia oculta>", "file"),
    ("<Arquivo de mídia oculto>", "file"),
    ("<Media weggelaten>", "file"),
    ("IMG-20240201-WA0001.jpg (archivo adjunto)", "image"),
    ("VID-20240201-WA0001.mp4 (Datei angehängt)", "video"),
    ("PTT-20240201-WA0001.opus (file allegato)", "voice"),
    ("STK-20240201-WA0001.webp (arquivo anexado)", "image"),
    ("Rekening maart.pdf (bestand bijgevoegd)", "file"),
    ("ubicación: https://maps.google.com/?q=47.2,5.9", "location"),
    ("Standort: https://maps.google.com/?q=47.2,5.9", "location"),
    ("posizione: https://maps.google.com/?q=47.2,5.9", "location"),
    ("localização: https://maps.google.com/?q=47.2,5.9", "location"),
    ("locatie: https://maps.google.com/?q=47.2,5.9", "location"),
    ("Esperando este mensaje. Puede tardar un momento.", "text"),
    ("Warte auf diese Nachricht. Das kann einen Moment dauern.", "text"),
    ("Wachten op dit bericht. Dit kan even duren.", "text"),
]
IOS_MEDIA = [
    ("imagen omitida", "image"),
    ("audio omitido", "voice"),
    ("sticker omitido", "image"),
    ("Tarjeta de contacto omitida", "file"),
    ("Bild weggelassen", "image"),
    ("Video weggelassen", "video"),
    ("Kontaktkarte ausgelassen", "file"),
    ("immagine omessa", "image"),
    ("sticker non incluso", "image"),
    ("GIF esclusa", "video"),
    ("imagem ocultada", "image"),
    ("áudio ocultado", "voice"),
    ("figurinha omitida", "image"),
    ("afbeelding weggelaten", "image"),
    ("<adjunto: 00001-PHOTO-2024-02-01.jpg>", "image"),
    ("<Anhang: 00001-AUDIO-2024-02-01.opus>", "voice"),
    ("<allegato: 00001-VIDEO-2024-02-01.mp4>", "video"),
    ("<anexado: 00001-doc.pdf>", "file"),
    ("<bijgevoegd: 00001-PHOTO-2024-02-01.jpg>", "image"),
]
NOTICES = {
    "es": "Zoé cambió el asunto de “Verano: playa” a “Otoño: bosque”",
    "de": "Zoé hat den Betreff von „Sommer: Strand“ zu „Herbst: Wald“ geändert",
    "it": 'Zoé ha cambiato l\'oggetto da "Estate: mare" a "Autunno: bosco"',
    "pt": 'Zoé mudou o nome do grupo de "Verão: praia" para "Outono: serra"',
    "nl": "Zoé heeft het onderwerp gewijzigd van “Zomer: strand” naar “Herfst: bos”",
}
PEOPLE_WRITE = [
    "Se eliminó este mensaje y no sé por qué",
    "imagen omitida",
    "Ha cambiado todo: ya no vivo ahí",
    "Bild weggelassen, sorry",
    "Diese Nachricht wurde gelöscht, oder?",
    "Sie hat den Betreff geändert: lies mal",
    "Mensagem apagada por quem?",
    "Mídia oculta",
    "Questo messaggio è stato eliminato da te?",
    "ha aggiunto zucchero: che schifo",
    "Dit bericht is verwijderd zeg je",
    "You deleted this message, right?",
    "Location: my place",
    "Umfrage: wer kommt?",
    "PEILING: wie komt er?",
    "in attesa del messaggio suo",
    "il file allegato: manca",
    "<Mensagem editada> ele escreveu",
]


@pytest.mark.parametrize("language", DELETED)
def test_9_deleted_messages_leave_no_text_and_tell_whose_the_export_is(language, export):
    theirs, mine = DELETED[language]
    path = export(f"{ANDROID}{theirs}\n{ANDROID.replace('Zoé', 'Léa')}{mine}\n{ANDROID}ok\n", name="a.txt")
    (conversation,) = read_export(path)
    found = list(conversation.messages)
    assert [(message.kind, message.text) for message in found] == [
        ("deleted", ""),
        ("deleted", ""),
        ("text", "ok"),
    ]
    assert conversation.owner == "Léa"


@pytest.mark.parametrize("header", [ANDROID, IOS], ids=["android", "ios"])
@pytest.mark.parametrize("language", EDITED)
def test_10_the_mark_of_an_edit_is_cut(language, header, messages):
    mark = LRM if header == IOS else ""
    (found,) = messages(f"{header}à demain {mark}{EDITED[language]}\n")
    assert (found.text, found.edited) == ("à demain", True)


@pytest.mark.parametrize("words, kind", ANDROID_MEDIA)
def test_9_android_placeholders_leave_no_text(words, kind, messages):
    (found,) = messages(f"{ANDROID}{words}\n")
    assert (found.kind, found.text, found.author) == (kind, "", "Zoé")


@pytest.mark.parametrize("words, kind", IOS_MEDIA)
def test_8_ios_placeholders_leave_no_text_and_captions_stay(words, kind, messages):
    found = messages(f"{LRM}{IOS}{LRM}{words}\n{IOS}mira esto {LRM}{words}\n")
    assert [(message.kind, message.text) for message in found] == [(kind, ""), (kind, "mira esto")]


@pytest.mark.parametrize("language", NOTICES)
def test_6_a_colon_in_a_notice_makes_no_sender(language, messages):
    found = messages(f"01/02/2024, 10:00 - {NOTICES[language]}\n{ANDROID}vale: genau\n")
    assert [message.kind for message in found] == ["notice", "text"]
    assert said(found) == [("Zoé", "vale: genau")]


@pytest.mark.parametrize("header", [ANDROID, IOS], ids=["android", "ios"])
@pytest.mark.parametrize("sentence", PEOPLE_WRITE)
def test_8_sentences_that_merely_look_like_notices_are_kept(sentence, header, messages):
    mark = f"{IOS}{LRM}Videollamada perdida\n" if header == IOS else ""
    assert said(messages(f"{mark}{header}{sentence}\n")) == [("Zoé", sentence)]


@pytest.mark.parametrize(
    "question", ["ENCUESTA:\n¿Vienes?\nOPCIÓN: sí (2 votos)", "UMFRAGE:\nKommst du?\nOPTION: ja (1 Stimme)"]
)
def test_a_poll_is_the_words_of_whoever_asked(question, messages):
    (found,) = messages(f"{ANDROID}{question}\n")
    assert found.text in ("¿Vienes?\nsí", "Kommst du?\nja")


def test_3_spanish_notices_put_the_day_first_though_the_hours_are_in_am_and_pm(export):
    reading = read_export(export("05/03/24, 8:05 p. m. - Zoé: <Multimedia omitido>\n"))
    assert [message.at.month for conversation in reading for message in conversation.messages] == [3]
    assert "espagnol" in reading.log.date_order.reason


@pytest.mark.parametrize(
    "name", ["WhatsApp-Chat mit Zoé", "Chat di WhatsApp con Zoé", "WhatsApp-chat met Zoé"]
)
def test_the_title_is_in_the_name_of_the_file_in_each_language(name, export):
    (conversation,) = read_export(export(f"{ANDROID}ok\n", name=f"{name}.txt"))
    assert conversation.title == "Zoé"


def test_every_language_has_every_kind_of_wording():
    needed = set(LANGUAGES["en"])
    assert {
        language: needed - set(words) for language, words in LANGUAGES.items() if needed - set(words)
    } == {}
