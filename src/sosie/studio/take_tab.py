"""« Emporter »: the double as files to download; nothing is sent anywhere."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sosie.core.errors import BadSettings
from sosie.core.french_text import size
from sosie.core.workspace import IGNORE, is_draft
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.evaluate.report.style_page import PAGE
from sosie.evaluate.scores import REPORT
from sosie.forget.certificate import NAMED
from sosie.studio.drawing import button, doubles_choice, notice, progress, told
from sosie.studio.measure_tab import choose, folder
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab

EXPORTS = (
    ("bundle", "Le double, en un fichier", "Pour une autre de vos machines, où sosie est installé."),
    ("gguf", "Pour llama.cpp", "Un fichier GGUF, que beaucoup d'applications lisent."),
    (
        "colab",
        "Valise pour Colab",
        "Pour apprendre un plus grand modèle ailleurs ; vos dialogues masqués y sont.",
    ),
)
CARE = "Gardez ces fichiers pour vous : un double peut répéter ce qu'il a lu."


def _busy(state: StudioState) -> bool:
    return state.busy("export")


def files(state: StudioState) -> Iterator[Path]:
    """What may be downloaded: what was exported, and what was measured of the chosen double."""
    out = state.workspace.out
    found = (
        (path for path in out.rglob("*") if path.is_file() and not path.is_symlink()) if out.is_dir() else ()
    )
    yield from sorted(path for path in found if path.name != IGNORE and not is_draft(path))
    run = folder(state)
    if run and (run / REPORT).is_file():
        yield run / REPORT
    if (card := state.workspace.data / PAGE).is_file():
        yield card
    yield from sorted(state.workspace.private.glob(f"{NAMED}*.json"))


def asked_as(state: StudioState, path: Path) -> str:
    """How a file is asked for: from the folder, which may be relative where the path is not."""
    return Path(os.path.relpath(path, state.folder)).as_posix()


def _draw(state: StudioState) -> Html:
    title = tag("h2", "Emporter")
    if not state.chosen:
        first = button("Apprendre", "go", kind="primary", step="apprendre")
        return join(title, notice("Il n'y a pas encore de double à emporter. "), first)
    job = state.jobs.get("export")
    at_work = progress(job.event, "Écriture") if job and job.running else None
    kinds = each(
        tag(
            "li",
            tag("div", tag("b", words), tag("small", why)),
            button("Préparer", "export", name=kind),
            class_="carte",
        )
        for kind, words, why in EXPORTS
    )
    known = [(each_.run, each_.label) for each_ in state.doubles()]
    return join(
        title,
        tag("p", CARE, class_="chapeau"),
        doubles_choice(known, state.chosen),
        at_work,
        told(job.error) if job and not job.running else None,
        *(notice(words) for words in (job.warnings if job and not job.running else ())),
        tag("ul", kinds, class_="genres"),
        _downloads(state),
    )


def _downloads(state: StudioState) -> Html | None:
    lines = each(
        tag(
            "li",
            tag(
                "a",
                path.name,
                href=f"/sosie/fichier?nom={quote(asked_as(state, path), safe='')}",
                download=path.name,
            ),
            tag("small", size(path.stat().st_size)),
        )
        for path in files(state)
    )
    return (
        tag("section", tag("h3", "À télécharger"), tag("ul", lines, class_="fichiers"), class_="carte")
        if lines
        else None
    )


def export(state: StudioState, asked: Mapping[str, Any]) -> None:
    kind = next((kind for kind, _, _ in EXPORTS if kind == asked.get("name")), None)
    if kind is None:
        raise BadSettings("sosie n'exporte pas cela d'ici.", "Rechargez la page.")
    base = [f"--base={state.base}"] if state.base else []
    double = [] if kind == "colab" else [f"--double={state.chosen}", *base]
    state.start("export", kind, *double)


TAKE = Tab(
    "emporter",
    _draw,
    _busy,
    {"double": choose, "export": export},
)
