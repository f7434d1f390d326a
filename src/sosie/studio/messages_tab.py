"""« Vos messages »: exports in, what was read and what was not, who « me » is, and when people wrote."""

import json
from collections.abc import Mapping
from threading import Thread
from typing import Any

from sosie.core import settings, settings_file
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.french_text import plural
from sosie.core.source_table import in_words
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.studio import uploads
from sosie.studio.drawing import button, months, notice, progress, told
from sosie.studio.dropped_view import MOST_NAMES, drop_zone, found
from sosie.studio.jobs import Task
from sosie.studio.overview import Overview, overview
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab


def _busy(state: StudioState) -> bool:
    return state.busy("inspect", "import", "prepare", "overview")


def _draw(state: StudioState) -> Html:
    looked = state.jobs.get("inspect")
    waiting = bool(uploads.waiting(state.workspace))
    return join(
        tag("h2", "Vos messages"),
        tag(
            "p",
            "Déposez l'export d'une ou plusieurs applications. Rien ne quitte cette machine.",
            class_="chapeau",
        ),
        drop_zone(bool(state.workspace.exports.is_dir())),
        _at_work(state),
        *(told(job.error) for verb in ("inspect", "import", "prepare") if (job := state.jobs.get(verb))),
        found(looked.result) if waiting and looked and looked.result and not _busy(state) else None,
        _imported(state),
    )


def _at_work(state: StudioState) -> Html | None:
    names = {"inspect": "Je regarde ce que c'est", "import": "Import", "prepare": "Préparation des dialogues"}
    for verb, words in names.items():
        if state.busy(verb):
            return progress(state.jobs[verb].event, words)
    return None


def _imported(state: StudioState) -> Html | None:
    """What is in the folder, where there is something."""
    if not any(state.workspace.exports.glob("*/import.json")):
        return None
    seen = _overview(state)
    whole = tag("p", "Je compte vos messages…") if seen is None else _counts(state, seen)
    return tag("section", tag("h3", "Dans ce dossier"), whole, *_questions(state), class_="carte")


def _overview(state: StudioState) -> Overview | None:
    """Counted in a thread, once for each import."""
    written = max((path.stat().st_mtime for path in state.workspace.exports.glob("*/import.json")), default=0)
    if state.choices.get("counted") != written and not state.busy("import"):
        state.choices["counted"] = written
        state.jobs["overview"] = Task(lambda report: overview(state.workspace, report))
    task = state.jobs.get("overview")
    return task.result if isinstance(task, Task) else None


def _counts(state: StudioState, seen: Overview) -> Html:
    me = settings_file.load(state.workspace.settings, "import", settings.Import).me
    names = ", ".join(me) or "pas encore connu"
    others = each(
        button(name, "other_me", kind="personne", name=name)
        for name in list(seen.senders)[:MOST_NAMES]
        if name not in me
    )
    counts = f"{plural(seen.messages, 'message')} en {plural(seen.conversations, 'conversation')}."
    return join(
        tag("p", counts),
        months(seen.by_month),
        tag("p", "Vous êtes ", tag("b", names), "."),
        tag("details", tag("summary", "Ce n'est pas vous ?"), tag("div", others, class_="gens"), id="autre"),
        _prepared(state),
    )


def _prepared(state: StudioState) -> Html:
    path = state.workspace.data / "report.json"
    if not path.is_file():
        return button("Préparer les dialogues", "prepare", kind="primary")
    made = json.loads(path.read_text(encoding="utf-8"))
    rooms = made.get("messages", {}).get("rooms", [])
    reasons = [(r["messages"], r["reason"]) for room in rooms for r in room["reasons"] if r["messages"]]
    left = each(tag("li", f"{plural(count, 'message')} : {reason}") for count, reason in reasons)
    dialogues = plural(sum(made["dialogues"].values()), "dialogue")
    said = f"{dialogues} prêts, {plural(made['replies'], 'réponse')} de vous."
    return join(
        tag("p", tag("b", said)),
        tag("details", tag("summary", "Ce qui a été laissé de côté"), tag("ul", left), id="ecartes")
        if reasons
        else None,
        tag("p", button("Relire", "go", kind="primary", step="relire")),
    )


def _questions(state: StudioState) -> list[Html]:
    """Who else may be the user, in another application."""
    job = state.jobs.get("import")
    answered = settings_file.load(state.workspace.settings, "import", settings.Import).aliases
    asked = (job.result or {}).get("questions", []) if job and not job.running else []
    return [
        notice(
            tag("p", f"Dans {in_words(one['source'])}, « {one['name']} », est-ce vous ?"),
            tag("ul", each(tag("li", reason) for reason in one["reasons"])),
            button("Oui, c'est moi", "alias", name=f"{one['source']}/{one['name']}", yes="1"),
            button("Non", "alias", name=f"{one['source']}/{one['name']}", yes=""),
        )
        for one in asked
        if f"{one['source']}/{one['name']}" not in answered
    ]


# What the buttons do


def look(state: StudioState, asked: Mapping[str, Any]) -> None:
    """Read what was dropped. Somebody who is known already is not asked again."""
    if not uploads.waiting(state.workspace):
        raise NothingToDo("Aucun fichier n'est arrivé.", "Déposez-le à nouveau.")
    state.jobs.pop("import", None)
    state.start("inspect", str(uploads.folder_of(state.workspace).resolve()))


def keep(state: StudioState, asked: Mapping[str, Any]) -> None:
    """Import under this name, then prepare; what was dropped goes once it is in."""
    files = [path.resolve() for path in uploads.waiting(state.workspace)]
    if not files:
        raise NothingToDo("Ces fichiers ne sont plus là.", "Déposez-les à nouveau.")
    name = str(asked.get("name") or asked.get("fields", {}).get("name", ""))
    job = state.start("import", *map(str, files), *([f"--me={name}"] if name else []))

    def go_on() -> None:
        if job.wait().error is None:
            uploads.remove(state.workspace, files)
            state.jobs.pop("inspect", None)
            if not state.busy("prepare"):
                state.start("prepare")

    Thread(target=go_on, daemon=True).start()


def give_up(state: StudioState, asked: Mapping[str, Any]) -> None:
    uploads.clear(state.workspace)
    state.jobs.pop("inspect", None)
    state.jobs.pop("import", None)


def be_other(state: StudioState, asked: Mapping[str, Any]) -> None:
    """Another name is me: the dialogues are made anew."""
    known = settings_file.load(state.workspace.settings, "import", settings.Import)
    settings_file.remember_me(state.workspace.settings, (str(asked["name"]),), known.aliases)
    state.start("prepare")


def answer_alias(state: StudioState, asked: Mapping[str, Any]) -> None:
    known = settings_file.load(state.workspace.settings, "import", settings.Import)
    if not isinstance(asked.get("name"), str):
        raise BadSettings("Cette réponse n'a pas de nom.", "Rechargez la page.")
    answers = {**known.aliases, asked["name"]: bool(asked.get("yes"))}
    settings_file.remember_me(state.workspace.settings, known.me, answers)
    if asked.get("yes"):
        state.start("prepare")


def prepare(state: StudioState, asked: Mapping[str, Any]) -> None:
    state.start("prepare")


MESSAGES = Tab(
    "messages",
    _draw,
    _busy,
    {
        "look": look,
        "me": keep,
        "give_up": give_up,
        "other_me": be_other,
        "alias": answer_alias,
        "prepare": prepare,
    },
)
