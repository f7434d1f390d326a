"""The card of a double on the hub: README.md, of facts that were measured or counted, and of nothing else.

model_card(certificate, learnt, double, title)  ->  « --- language: fr ... --- # Le double ... »
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sosie.core.double import Double
from sosie.core.given import object_in
from sosie.export.certificate import NOT_MEASURED
from sosie.export.publishing import LearntData
from sosie.models.catalogue import catalogue
from sosie.models.double_zip import CERTIFICATE, CONFIG

SPDX = {
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
    "Gemma": "gemma",
    "BigScience OpenRAIL-M": "bigscience-openrail-m",
}
SPDX |= {"Llama 3.1 Community": "llama3.1", "Llama 3.2 Community": "llama3.2"}
CARD_TEXT = """\
---
{front}
---

# {title}

**Vous parlez à une IA.** Ceci est un double, fait par sosie, un logiciel libre : un adaptateur LoRA qui fait
écrire un modèle de langue à la manière d'une personne réelle. Ce qu'il dit, elle ne l'a pas dit.

## Modèle de base

{base}

## Ce qu'il a lu

{data}

## Ce qui a été mesuré

{measures}

## Ce qui est masqué, et ce qui ne l'est pas

{masks}

Un nom rare, un nom qui est aussi un mot, un nombre en toutes lettres, un récit qui fait reconnaître
quelqu'un : cela peut rester, et un double peut le redire.

## Consentement

La personne imitée a fait ce double avec ses propres conversations. Ceux qui lui ont écrit n'ont pas été
consultés par sosie : à elle de le faire. Ne vous faites passer pour elle auprès de personne.

## Limites

Il imite une façon d'écrire. Il n'en a ni les souvenirs, ni les avis, ni les connaissances ; il invente.

## Comment il a été appris

{learnt}

## Comment le retirer

Supprimez ce dépôt (Settings, « Delete this model »). Les copies déjà téléchargées restent où elles sont.
Chez la personne : « sosie forget » retire quelqu'un des dialogues, et le double s'apprend de nouveau.
"""


def model_card(record: Mapping[str, Any], learnt: LearntData | None, double: Double, title: str) -> str:
    """`record`: what the certificate says; `learnt`: of the dialogues, None where nothing says."""
    return CARD_TEXT.format(
        front=front_matter(record),
        title=title,
        base=base(record),
        data="\n".join(f"- {line}" for line in data(record, learnt)),
        measures="\n".join(f"- {line}" for line in measured(record)),
        masks=masks(learnt),
        learnt="\n".join(f"- {line}" for line in recipe(double)),
    )


def front_matter(record: Mapping[str, Any]) -> str:
    """YAML that JSON's own strings make safe."""
    on_hub = "/" in record["base"]["name"]
    told: dict[str, Any] = {
        "language": ["fr"],
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        **({"base_model": record["base"]["name"]} if on_hub else {}),
        "license": SPDX.get(record["base"]["licence"], "other"),
        "tags": ["sosie", "lora", "double"],
        "inference": False,
    }
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items())


def base(record: Mapping[str, Any]) -> str:
    told = record["base"]
    card = next((card for card in catalogue().values() if told["name"] in (card.hub, card.name)), None)
    named = (
        f"[{told['name']}](https://huggingface.co/{told['name']})" if "/" in told["name"] else told["name"]
    )
    here = "" if "/" in told["name"] else " (le modèle embarqué dans sosie)"
    revision = f", commit `{told['revision']}`" if told["revision"] else ""
    title = f"{card.title} : " if card and "/" in told["name"] else ""
    return f"{title}{named}{here}{revision}. Licence : {told['licence']}."


def data(record: Mapping[str, Any], learnt: LearntData | None) -> Iterator[str]:
    counts = record["data"]
    names = {"dialogues": "dialogues", "replies": "réponses de la personne", "words": "mots"}
    yield ", ".join(f"{counts[key]} {name}" for key, name in names.items() if key in counts) or "non dit"
    if learnt and learnt.first:
        yield f"de {learnt.first} à {learnt.last} (mois)"
    if "neutral" in counts:
        yield f"{counts['neutral']} dialogues de français neutre, pour ne pas l'oublier"


def measured(record: Mapping[str, Any]) -> Iterator[str]:
    """Each figure with its interval and its n, or that it was not measured."""
    likeness, copies, leaks = record["likeness"], record["memorisation"], record["leaks"]
    yield f"le {record['measured']}" if record["measured"] != NOT_MEASURED else "jour : non mesuré"
    if likeness == NOT_MEASURED:
        yield "ressemblance R : non mesurée"
    else:
        beside = likeness.get("base")
        other = f" ; modèle de base : {figure(beside)}" if isinstance(beside, dict) else ""
        counts = "" if likeness.get("counts") else " (ne compte pas : il recopie ou laisse fuir)"
        yield f"ressemblance R (0 : un inconnu, 100 : la personne) : {figure(likeness)}{other}{counts}"
    yield f"recopie (0 : rien) : {figure(copies)}"
    asked = (
        f", sur {leaks['n_generations']} réponses"
        if isinstance(leaks, dict) and "n_generations" in leaks
        else ""
    )
    yield f"données privées redites : {figure(leaks)}{asked}"
    forgot = record["forgetting"]
    if forgot == NOT_MEASURED:
        yield "français ordinaire oublié : non mesuré"
    else:
        yield f"français ordinaire plus difficile de {forgot['change_percent']:.1f} %"


def figure(told: Any) -> str:
    """« 74 (67 à 83 à 95 %, n = 150) »"""
    if not isinstance(told, dict):
        return NOT_MEASURED
    bounds = f"{told['low']:.0f} à {told['high']:.0f} à 95 %" if "low" in told and "high" in told else ""
    size = f"n = {told['n']}" if "n" in told else ""
    around = ", ".join(filter(None, (bounds, size)))
    return f"{told['value']:.0f}{f' ({around})' if around else ''}"


def masks(learnt: LearntData | None) -> str:
    if learnt is None:
        return "**Rien ne dit que les données privées de ses dialogues aient été masquées.**"
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(learnt.masked.items()) if count)
    how = {"tags": "par des marques", "surrogates": "par d'autres noms"}.get(learnt.names)
    names = (
        f"Noms de personnes remplacés {how}." if how else "**Les noms de personnes n'ont pas été masqués.**"
    )
    return f"{names} Trouvé et masqué avant l'apprentissage : {counts or 'rien'}."


def recipe(double: Double) -> Iterator[str]:
    settings = object_in((double.folder or Path()) / CONFIG)
    numbers = {"r": "rang", "lora_alpha": "alpha", "lora_dropout": "dropout"}
    yield "LoRA : " + ", ".join(f"{name} {settings[key]}" for key, name in numbers.items() if key in settings)
    if double.bits:
        yield f"base en {double.bits} bits pendant l'apprentissage"
    yield "perte sur les seules réponses de la personne ; arrêt quand elle ne baisse plus ailleurs"
    if double.versions:
        yield ", ".join(f"{name} {number}" for name, number in double.versions.items())
    yield f"sommes et signature : `{CERTIFICATE}` (« sosie verify »)"
