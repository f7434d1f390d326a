"""data/registre.md: the record of processing, in French, that a person could hand over to whoever asks.

Names nobody: correspondents are pseudonyms and a number; what was masked is told by class.
Not legal advice: it says what sosie does here, from the figures of the last `prepare`.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sosie.core.dialogue import Dialogue
from sosie.core.french_text import number, plural
from sosie.core.source_table import in_words
from sosie.prepare.pii.detectors import KINDS
from sosie.prepare.split import count_replies
from sosie.prepare.vault import Vault

LISTED = 12  # pseudonyms
RECORD = """\
# Registre du traitement

Écrit par `sosie prepare` le {today}, d'après ce qui est dans ce dossier. Personne n'y est nommé.

- **Quoi** : {dialogues} de {replies} de la personne qui tient ce dossier et des
  messages auxquels elles répondent.
- **Pourquoi** : apprendre à un modèle de langue sa façon d'écrire, pour son usage personnel.
- **De qui** : {people}.
- **D'où** : {sources}.
- **Période** : {period}.
- **Masqué** : {masked}.
- **Retirés à leur demande** : {removed}.
- **Gardé** : tant que ce dossier existe ; les exports dans `exports/`, les dialogues dans `data/`, les
  doubles dans `runs/`. Effacer le dossier efface tout.
- **Où** : sur cette machine, dans ce dossier, que seul son propriétaire peut ouvrir.
- **Transmis** : à personne par sosie, sinon au serveur que son propriétaire a pu nommer pour inventer des
  questions ou juger. Ce qu'il en emporte est de son fait.

## Si quelqu'un demande à en sortir

`sosie forget "Son nom"` retire ses messages, son nom et ce qui en a été tiré, dit quels doubles ont appris de
lui, et écrit un certificat dans `private/`. Un double ne désapprend pas : il faut l'effacer.
"""


def processing_record(dialogues: Sequence[Dialogue], vault: Vault) -> str:
    """The text of the record."""
    masked = [f"{_in_french(name)} ({number(count)})" for name, count in sorted(vault.masked.items())]
    removed = sum(choice == "remove" for choice in vault.consents.people.values())
    sources = dict.fromkeys(in_words(each.origin.source) for each in dialogues if each.origin.source)
    return RECORD.format(
        today=f"{date.today():%d/%m/%Y}",
        dialogues=f"{plural(len(dialogues), 'dialogue')}, fait{'s' * (len(dialogues) > 1)}",
        replies=plural(count_replies(dialogues), "réponse"),
        people=_people(dialogues),
        sources=", ".join(sources) or "fichiers sans origine",
        period=_period([at for each in dialogues for at in (each.origin.first, each.origin.last) if at]),
        masked=", ".join(masked) or "rien n'a été reconnu à masquer",
        removed=plural(removed, "nom") if removed else "personne",
    )


def _people(dialogues: Sequence[Dialogue]) -> str:
    """« 3 correspondants, sous pseudonyme : [AMI_1], [AMI_2], [AMI_3] »"""
    found = list(dict.fromkeys(name for each in dialogues for name in each.origin.correspondents))
    if not found:
        return "personne d'autre"
    more = f" et {number(len(found) - LISTED)} de plus" if len(found) > LISTED else ""
    return f"{plural(len(found), 'correspondant')}, sous pseudonyme : {', '.join(found[:LISTED])}{more}"


def _period(times: Sequence[datetime]) -> str:
    days = sorted(at.date() for at in times)
    return f"du {days[0]:%d/%m/%Y} au {days[-1]:%d/%m/%Y}" if days else "sans date"


def _in_french(name: str) -> str:
    return next((kind.one for kind in KINDS if kind.name == name), name)
