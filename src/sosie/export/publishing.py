"""What must be so before a double goes where others could come to it: on the hub, in a Space.

 check_publishable(order, double)        BadSettings, with every reason, unless the person insists
 learnt_data(workspace, double)  ->  LearntData(names="tags", masked={"téléphone": 12}, "2021-03", "2024-06")

Read from files alone, before anything is sent anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.double import Double
from sosie.core.errors import BadSettings, SosieError
from sosie.core.given import object_in
from sosie.core.jsonl import own_dialogues
from sosie.core.workspace import Workspace
from sosie.export.base import Order
from sosie.export.certificate import NOT_MEASURED, SCORES, measures
from sosie.models.catalogue import catalogue
from sosie.models.doubles import measured_in, run_of
from sosie.train.run_folder import PLAN, fingerprint

KNOWINGLY = "--je-sais-ce-que-je-publie"
CLOSED_LICENCES = ("Mistral Research License",)  # what is made of the model may only serve research
FAULTS = {  # (red, unknown, never measured)
    "memorisation": (
        "Il recopie",
        "Ce qu'il recopie n'a pas pu être jugé",
        "Ce qu'il recopie n'est pas mesuré",
    ),
    "leaks": (
        "Il laisse fuir des données privées",
        "Ses fuites n'ont pas pu être jugées",
        "Ses fuites ne sont pas mesurées",
    ),
}
NOT_MASKED = "Rien ne dit que les noms et les données privées de ses dialogues ont été masqués."
NAMES_KEPT = 'Les noms de ses dialogues n\'ont pas été masqués (names = "keep").'
NO_LICENCE = "La licence du modèle de base n'est pas connue de sosie."


@dataclass(frozen=True, slots=True)
class LearntData:
    """What `sosie prepare` says of the dialogues that a double learnt."""

    names: str  # tags | surrogates | keep
    masked: dict[str, int]  # kind: how many
    first: str  # « 2021-03 », empty where nothing says
    last: str


def check_publishable(order: Order, double: Double) -> None:
    """BadSettings, with every reason, unless nothing stands against it or the person insists."""
    check_base(double)
    found = tuple(obstacles(order.workspace, double))
    if found and not order.knowingly:
        raise BadSettings(
            f"Ce double ne doit pas être publié tel quel. {' '.join(found)}",
            f"Corrigez cela, ou, en connaissance de cause : {KNOWINGLY}",
        )


def check_base(double: Double) -> None:
    """BadSettings where the base's licence forbids it, or where nobody else could have the base."""
    card = catalogue().get(double.base)
    if card and card.licence in CLOSED_LICENCES:
        raise BadSettings(
            f"La licence de {card.title} ({card.licence}) ne permet pas de publier ce qui en est fait.",
            "Apprenez le double sur une autre base : sosie plan",
        )
    if Path(double.base).is_absolute():
        raise BadSettings(
            f"Le modèle de base, « {Path(double.base).name} », est un dossier de cette machine : personne ne "
            "pourrait y poser ce double.",
            "Apprenez-le sur un modèle du hub : sosie plan",
        )


def obstacles(workspace: Workspace, double: Double) -> Iterator[str]:
    """Why it should not be shown to others, a sentence each."""
    found = measures(measured_in(workspace, double) / SCORES)
    for name, (red, unknown, never) in FAULTS.items():
        if found[name] == NOT_MEASURED:
            yield f"{never} (sosie evaluate)."
        elif (gate := found[name].get("gate")) != "green":
            yield f"{red if gate == 'red' else unknown}."
    learnt = learnt_data(workspace, double)
    if learnt is None:
        yield NOT_MASKED
    elif learnt.names == "keep":
        yield NAMES_KEPT
    card = catalogue().get(double.base)
    if card is None or not card.licence or "vérifier" in card.licence:
        yield NO_LICENCE


def learnt_data(workspace: Workspace, double: Double) -> LearntData | None:
    """None where data/ is not what it was learnt on, or was not made by `sosie prepare`."""
    try:
        parts = [own_dialogues(workspace, part, missing_ok=True) for part in ("train", "valid")]
        if object_in(run_of(double) / PLAN)["data_sha256"] != fingerprint(*parts):
            return None
        told: dict[str, Any] = object_in(workspace.data / "report.json")
        names = str(told["settings"]["names"])
        masked = {str(kind): int(count) for kind, count in told["masked"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SosieError):
        return None
    origins = [dialogue.origin for dialogue in parts[0]]
    first = min((f"{origin.first:%Y-%m}" for origin in origins if origin.first), default="")
    last = max((f"{origin.last:%Y-%m}" for origin in origins if origin.last), default="")
    return LearntData(names, masked, first, last)
