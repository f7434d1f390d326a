"""The last chapter: how it was measured, and what none of it says."""

from collections.abc import Mapping
from dataclasses import asdict

from sosie.core.french_text import day, decimal, plural
from sosie.core.sampling import label
from sosie.core.settings import Evaluate
from sosie.evaluate.report.html import Html, fold, join, table, tag
from sosie.evaluate.report.layout import chapter, notes, section
from sosie.evaluate.scores import ContextCounts, Made, Scores

PARTS = {
    "test": "la partie gardée pour mesurer",
    "valid": "la partie de validation",
    "file": "un fichier donné",
}
HASHES = {
    "train": "ce qui a été appris",
    "held": "ce qui a été gardé",
    "around": "tous les messages",
    "base": "modèle de base",
    "secrets": "données privées",
    "settings": "réglages",
    "measures": "versions des mesures",
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


def method_chapter(scores: Scores) -> Html:
    lead = "Mêmes données, même graine, mêmes versions : mêmes nombres."
    return chapter(
        "methode",
        "Comment c'est mesuré",
        lead,
        notes([*_contexts(scores.contexts), *scores.warnings]),
        join(section("Ce que cette page ne dit pas"), notes(SILENT)),
        _folded_table(
            "Réglages",
            [
                *_settings(asdict(scores.sampling)),
                *_settings(scores.settings),
                (named("seed"), decimal(scores.seed, 0)),
            ],
        ),
        _folded_table("Versions", sorted(scores.versions.items())),
        _folded_table("Empreintes", _hashes(scores)),
    )


def named(setting: str) -> str:
    """« top_p » -> « noyau (top-p) », the title that the setting has in its model."""
    field = Evaluate.model_fields.get(setting)
    title = field.title if field else label(setting)
    return f"{title[0].lower()}{title[1:]}" if title else setting


def _contexts(asked: ContextCounts) -> list[str]:
    found = [
        f"{plural(asked.n, 'contexte')} sur {decimal(asked.of, 0)}, "
        f"dans {plural(asked.dialogues, 'dialogue')}, pris dans {PARTS.get(asked.part, asked.part)} : "
        "le modèle ne les a pas appris."
    ]
    if asked.first and asked.last:
        found.append(f"Messages du {day(asked.first)} au {day(asked.last)}.")
    for name, what in (("generated", "engendrée par un modèle"), ("transcribed", "dictée")):
        if count := asked.left_out.get(name):
            many = what.replace("ée", "ées")
            found.append(
                f"{plural(count, f'réponse {what}', f'réponses {many}')}, laissées de côté : ce n'est pas "
                "votre frappe."
            )
    return found


def moment(made: Made) -> str:
    """« le 24 novembre 2026, en 201 s »"""
    return f"le {day(made.at)}, en {decimal(made.seconds, 0)} s"


def _settings(values: Mapping[str, object]) -> list[tuple[str, str]]:
    return [
        (named(name), _value(value))
        for name, value in values.items()
        if name != "seed" and isinstance(value, int | float)
    ]


def _value(value: float) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return decimal(value, 0 if float(value).is_integer() else 2)


def _hashes(scores: Scores) -> list[tuple[str, str]]:
    """The data's and the measure's: two reports with the same ones measured the same thing."""
    found = {**scores.likeness.hashes, **scores.hashes}
    return [(HASHES.get(name, name), mark) for name, mark in sorted(found.items())]


def _folded_table(title: str, rows: list[tuple[str, str]]) -> Html | None:
    cells = [(name, tag("code", value)) for name, value in rows]
    return fold(title, table(title, ("Nom", "Valeur"), cells)) if cells else None
