"""The last chapter: how it was measured, and what none of it says."""

from datetime import datetime

from sosie.evaluate.report.html import Html, fold, join, table, tag
from sosie.evaluate.report.intervals import decimal, plural
from sosie.evaluate.report.layout import chapter, notes, section
from sosie.evaluate.report.scores_view import Part

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
PARTS = {
    "test": "la partie gardée pour mesurer",
    "valid": "la partie de validation",
    "file": "un fichier donné",
}
SETTINGS = {
    "contexts": "contextes au plus",
    "rivals": "rivaux mesurés",
    "generations": "textes où chercher des fuites",
    "attacks": "attaques des poids",
    "forgetting": "oubli mesuré",
    "temperature": "température",
    "top_p": "noyau (top-p)",
    "min_p": "plancher (min-p)",
    "top_k": "candidats (top-k)",
    "repetition_penalty": "pénalité de répétition",
    "max_tokens": "jetons par réponse, au plus",
    "seed": "graine du hasard",
}
HASHES = {
    "train": "ce qui a été appris",
    "held": "ce qui a été gardé",
    "around": "tous les messages",
    "base": "modèle de base",
    "secrets": "données privées",
    "settings": "réglages",
    "measures": "code des mesures",
    "background": "personnes inventées de l'espace",
    "others": "autres personnes",
    "truth": "vos réponses",
    "given": "réponses du modèle",
}
SILENT = (
    "Si une réponse donnée est bonne : R et les autres mesures jugent un ensemble, jamais un message.",
    "Si ce que dit le modèle est vrai : il invente des faits, des rendez-vous, des promesses.",
    "Si vos proches s'y tromperaient : pour cela, faites-les jouer à « Qui a écrit ça ? » (sosie arena).",
    "Comment vous écrivez ailleurs : d'autres sujets, d'autres correspondants donneraient une R plus basse.",
    "Qu'aucune donnée privée ne sortira jamais : seulement que celles qui sont connues n'ont pas été vues "
    "ici.",
)


def method(scores: Part) -> Html:
    lead = "Mêmes données, même graine, mêmes versions : mêmes nombres."
    return chapter(
        "methode",
        "Comment c'est mesuré",
        lead,
        notes([*_contexts(scores), *scores.words("warnings")]),
        join(section("Ce que cette page ne dit pas"), notes(SILENT)),
        _table(
            "Réglages",
            [*_settings(scores.part("sampling")), *_settings(scores.part("settings")), *_seed(scores)],
        ),
        _table("Versions", _written(scores.part("versions"))),
        _table("Empreintes", _marks(scores)),
    )


def _contexts(scores: Part) -> list[str]:
    asked = scores.part("contexts")
    told = []
    if asked.number("n") is not None:
        where = PARTS.get(asked.word("part"), "des messages gardés")
        dialogues = asked.number("dialogues")
        of = f" sur {decimal(asked.number('of'))}" if asked.number("of") is not None else ""
        among = f", dans {plural(dialogues, 'dialogue')}" if dialogues is not None else ""
        told.append(
            f"{plural(asked.number('n'), 'contexte')}{of}{among}, pris dans {where} : le modèle ne les "
            "a pas appris."
        )
    if asked.word("first") and asked.word("last"):
        told.append(f"Messages du {day(asked.word('first'))} au {day(asked.word('last'))}.")
    left = asked.part("left_out")
    for name, what in (("generated", "engendrée par un modèle"), ("transcribed", "dictée")):
        count = left.number(name)
        if count:
            many = what.replace("ée", "ées")
            told.append(
                f"{plural(count, f'réponse {what}', f'réponses {many}')}, laissées de côté : ce n'est pas "
                "votre frappe."
            )
    return told


def day(written: str) -> str:
    """« 2026-05-02 » -> « 2 mai 2026 »; what is no date stays as it is."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return written
    return f"{'1er' if at.day == 1 else at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(made: Part) -> str:
    """« le 24 novembre 2026, en 201 s »"""
    at, seconds = made.word("at"), made.number("seconds")
    parts = (f"le {day(at)}" if at else "", f"en {decimal(seconds)} s" if seconds is not None else "")
    return ", ".join(filter(None, parts))


def _settings(part: Part) -> list[tuple[str, str]]:
    return [
        (SETTINGS.get(name, name), _value(part, name))
        for name, value in part.record.items()
        if name != "seed" and isinstance(value, str | int | float)
    ]


def _seed(scores: Part) -> list[tuple[str, str]]:
    return [(SETTINGS["seed"], decimal(scores.number("seed")))] if scores.number("seed") is not None else []


def _value(part: Part, name: str) -> str:
    value = part.record[name]
    if isinstance(value, bool):
        return "oui" if value else "non"
    number = part.number(name)
    if number is not None:
        return decimal(number, 0 if number.is_integer() else 2)
    return part.word(name, "–")


def _written(part: Part) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in sorted(part.record.items()) if isinstance(value, str)]


def _marks(scores: Part) -> list[tuple[str, str]]:
    """The data's and the measure's: two reports with the same ones measured the same thing."""
    found = {**scores.part("likeness", "hashes").record, **scores.part("hashes").record}
    return [(HASHES.get(name, name), mark) for name, mark in _written(Part(found))]


def _table(title: str, rows: list[tuple[str, str]]) -> Html | None:
    cells = [(name, tag("code", value)) for name, value in rows]
    return fold(title, table(title, ("Nom", "Valeur"), cells)) if cells else None
