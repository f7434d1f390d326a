"""Which column of a table is what, from the names that people and programs give in French and in English.

date;auteur;message                           ->  Columns(text=2, author=1, day=0)
AuthorID,Author,Date,Content,Attachments      ->  Columns(text=3, author=1, day=2, file=4)
Sens;Numéro;Date;Heure;Texte du SMS           ->  Columns(text=4, author=1, day=2, hour=3, way=0)
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# The best name first: a table may have « sender id » beside « sender name ».
_NAMES = {
    "text": (
        "message|texte|text|contenu|content|contents|corps|body|message text|texte du message|texte du sms"
        "|sms|message body|contenu du message|paroles|replique|commentaire|comment|textmessage|msg"
        "|chat message"
    ),
    "author": (
        "auteur|autrice|author|expediteur|expeditrice|sender|sender name|nom de l expediteur|emetteur|from|de"
        "|author name|username|user name|user|utilisateur|utilisatrice|pseudo|speaker|locuteur|intervenant"
        "|personne|participant|qui|who|display name|nom|name|prenom|contact|contact name|correspondant"
        "|interlocuteur|sender id|numero|number|phone|phone number|telephone|address|adresse"
    ),
    "day": (
        "date|datetime|date heure|date et heure|date time|horodatage|timestamp|date d envoi|envoye le"
        "|message date|sent at|sent date|date sent|created at|created|created date|jour|day|quand|when|sent"
        "|le|time|heure"
    ),
    "hour": "heure|time|hour|heure d envoi|message time",
    "thread": (
        "conversation id|thread id|threadid|channel id|chat id|room id|id de conversation|id conversation"
        "|conversation|discussion|fil|thread|canal|channel|salon|groupe|group|chat|chat session|room"
        "|chat name|conversation title|conversation name|nom de la conversation"
    ),
    "title": "conversation title|conversation name|channel name|chat name|thread name|titre",
    "to": "to|destinataire|destinataires|recipient|recipients|receiver|a",
    "id": "id|message id|messageid|identifiant|guid|uuid",
    "way": "sens|direction|type|sent received|envoye recu|way|folder|dossier",
    "file": "attachment|attachments|piece jointe|pieces jointes|fichier joint|fichier|file|media",
}
_SENT_WORDS = "sent out outgoing outbound envoye envoyee envoyes sortant emis me moi 2"
_RECEIVED_WORDS = "received in incoming inbound recu recue recus entrant inbox 1"
_SENT, _RECEIVED = frozenset(_SENT_WORDS.split()), frozenset(_RECEIVED_WORDS.split())


@dataclass(frozen=True, slots=True)
class Columns:
    """Places in a row, None for what the table does not have."""

    text: int
    author: int
    day: int | None = None
    hour: int | None = None
    thread: int | None = None
    title: int | None = None  # of the thread, where another column identifies it
    to: int | None = None
    id: int | None = None
    way: int | None = None
    file: int | None = None


def columns_of(header: Sequence[str]) -> Columns | None:
    """None where authors or texts have no column."""
    folded = [_fold(name) for name in header]
    found: dict[str, int] = {}
    for role, names in _NAMES.items():
        taken = set(found.values())
        candidates = (folded.index(name) for name in names.split("|") if name in folded)
        column = next((column for column in candidates if column not in taken), None)
        if column is not None:
            found[role] = column
    if not {"text", "author"} <= set(found) or len(header) > 60:
        return None
    return Columns(**found)


def _fold(name: str) -> str:
    """« Nom de l'expéditeur » -> « nom de l expediteur »"""
    bare = unicodedata.normalize("NFD", name.strip().lower())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"[\u0300-\u036f]", "", bare)).split())


def way_of(value: str) -> str:
    """« sent », « received », or "" where it is unknown."""
    folded = _fold(value)
    return "sent" if folded in _SENT else "received" if folded in _RECEIVED else ""
