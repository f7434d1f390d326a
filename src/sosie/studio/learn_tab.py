"""« Apprendre »: the plan in words with a choice of bases; then the training, live, stopped and resumed.

What is shown of a training is read from its run's files: the page may be closed, or killed, and opened again.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.double import made_at
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.french_text import percent, plural, size, span
from sosie.core.jsonl import own_dialogues
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.models import catalogue
from sosie.studio import training
from sosie.studio.drawing import button, notice
from sosie.studio.names import run_name
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab
from sosie.studio.training_view import learning_curve, live, samples
from sosie.train.run_folder import DOUBLE

if TYPE_CHECKING:
    from sosie.train.ladder import Rung
    from sosie.train.plan import Plan


def _busy(state: StudioState) -> bool:
    run = current(state)
    return run is not None and training.running(run)


def current(state: StudioState) -> Path | None:
    """The run to show: one at work, else the newest that was left unfinished since the last double."""
    found = [run for run in training.unfinished(state.workspace) if run.name not in _aside(state)]
    if at_work := next(filter(training.running, found), None):
        return at_work
    doubles = [made_at(state.workspace.run(known.run) / DOUBLE) for known in state.doubles()]
    return next((run for run in found if run.stat().st_mtime > max(doubles, default=0.0)), None)


def _aside(state: StudioState) -> set[str]:
    aside: set[str] = state.choices.setdefault("aside", set())
    return aside


def _draw(state: StudioState) -> Html:
    title = tag("h2", "Apprendre")
    if not (state.workspace.data / "train.jsonl").is_file():
        first = button("Vos messages", "go", kind="primary", step="messages")
        return join(title, notice("Il n'y a pas encore de dialogues à apprendre. "), first)
    if run := current(state):
        return join(title, live(run))
    return join(title, _done(state), _planned(state))


def _done(state: StudioState) -> Html | None:
    """The doubles that there are, and what the newest has gained."""
    known = state.doubles()
    if not known:
        return None
    run = state.workspace.run(known[0].run)
    epochs = [event for event in training.heard(run) if event.kind == "epoch"]
    losses = [e.facts["valid_loss"] for e in epochs if e.facts.get("valid_loss") is not None]
    before = next(
        (e.facts.get("valid_loss_before") for e in epochs if e.facts.get("valid_loss_before")), None
    )
    gain = ""
    if before and losses:
        share = percent(1 - min(losses) / before)
        gain = f" Vos réponses jamais vues le surprennent de {share} de moins qu'avant."
    names = each(tag("li", each_.label) for each_ in known)
    return tag(
        "section",
        tag("p", tag("b", f"{known[0].title} est prêt."), gain),
        learning_curve(training.heard(run), epochs) if epochs else None,
        tag(
            "p",
            button("Lui parler", "go", kind="primary", step="discuter"),
            " ",
            button("Le mesurer", "go", step="mesurer"),
            class_="gestes",
        ),
        samples(run) if training.samples(run) else None,
        tag("details", tag("summary", plural(len(known), "double")), tag("ul", names), id="doubles")
        if len(known) > 1
        else None,
        class_="carte",
    )


# The plan


def plans(state: StudioState) -> "tuple[tuple[Rung, ...], Callable[[str], Plan]]":
    """(the bases for this machine, the plan on one of them), thought out once for each state of data/."""
    written = (state.workspace.data / "train.jsonl").stat().st_mtime
    if state.choices.get("planned_on") != written:
        state.choices |= {"planned_on": written, "ladder": state.project.ladder(), "plans": {}}

    def plan(model: str) -> "Plan":
        known: dict[str, Plan] = state.choices["plans"]
        if model not in known:
            known[model] = state.project.plan(model)
        return known[model]

    return state.choices["ladder"], plan


def chosen(state: StudioState, ladder: "tuple[Rung, ...]") -> str:
    """What was chosen; else the best that fits and is here."""
    named = state.choices.get("model")
    fits = [rung.model for rung in ladder if rung.fits and catalogue.find(rung.model).local]
    return str(named) if named else (fits[0] if fits else "mini")


def _planned(state: StudioState) -> Html:
    ladder, plan = plans(state)
    model = chosen(state, ladder)
    made, base = plan(model), catalogue.find(model)
    shown = [rung for rung in ladder if rung.fits or rung.model == model]
    others = [rung for rung in ladder if rung not in shown]
    replies = sum(len(dialogue.replies) for dialogue in own_dialogues(state.workspace, "train"))
    long = span(made.train_seconds_low, made.train_seconds_high)
    memory = size(made.peak_memory_bytes)
    facts = f"{plural(replies, 'réponse')} de vous à apprendre ; {long}, {memory} de mémoire (prévus)."
    weigh = (
        f"Télécharger ({size(base.card.bytes)}), puis apprendre"
        if not base.local and base.card
        else "Apprendre"
    )
    return tag(
        "section",
        tag("h3", "Un autre double" if state.doubles() else "Ce qui va se passer"),
        tag("p", facts),
        tag(
            "ul",
            each(_rung(rung, model, ladder) for rung in shown),
            class_="bases",
            role="radiogroup",
            aria_label="Modèle de départ",
        ),
        tag(
            "details",
            tag("summary", "Ceux qui ne conviennent pas à cette machine"),
            tag("ul", each(_rung(r, model, ladder) for r in others), class_="bases"),
            id="autres-bases",
        )
        if others
        else None,
        tag(
            "details",
            tag("summary", "Pourquoi ces choix"),
            tag("ul", each(tag("li", why) for why in made.reasons)),
            id="raisons",
        ),
        tag("p", button(weigh, "start", kind="primary", model=model), class_="fin"),
        class_="carte",
    )


def _rung(rung: "Rung", model: str, ladder: "tuple[Rung, ...]") -> Html:
    base = catalogue.find(rung.model)
    title = base.card.title if base.card else rung.model
    here = (
        "sur cette machine" if base.local else f"à télécharger, {size(base.card.bytes)}" if base.card else ""
    )
    advised = tag("span", "conseillé", class_="etat keep") if rung is ladder[0] else None
    words = join(tag("b", title), advised, tag("small", f"{rung.why.rstrip('.')} ; {here}."))
    return tag(
        "li",
        tag(
            "button",
            words,
            type="button",
            role="radio",
            aria_checked=str(rung.model == model).lower(),
            class_="base",
            data_do="model",
            data_model=rung.model,
        ),
        role="none",
    )


# What the buttons do


def choose_base(state: StudioState, asked: Mapping[str, Any]) -> None:
    state.choices["model"] = _known(state, asked)


def _known(state: StudioState, asked: Mapping[str, Any]) -> str:
    """The base that is meant: one of the list."""
    model = str(asked.get("model") or "")
    if model not in {rung.model for rung in plans(state)[0]}:
        raise BadSettings("Ce modèle n'est pas dans la liste.", "Rechargez la page.")
    return model


def start(state: StudioState, asked: Mapping[str, Any]) -> None:
    if (run := current(state)) and training.running(run):
        raise BadSettings("Un apprentissage est déjà en cours.", "Attendez sa fin, ou arrêtez-le.")
    model = _known(state, asked)
    for other in training.unfinished(state.workspace):
        _aside(state).add(other.name)
    run = training.start(state.workspace, model, run_name(state.me))
    state.follow_newest()
    _aside(state).discard(run.name)


def _run(state: StudioState, asked: Mapping[str, Any]) -> Path:
    """The unfinished run that is meant: a name is never made a path."""
    for run in training.unfinished(state.workspace):
        if run.name == asked.get("run"):
            return run
    raise NothingToDo("Cet apprentissage n'est plus là.", "Rechargez la page.")


def stop(state: StudioState, asked: Mapping[str, Any]) -> None:
    training.stop(_run(state, asked))


def resume(state: StudioState, asked: Mapping[str, Any]) -> None:
    training.resume(state.workspace, _run(state, asked))


def put_aside(state: StudioState, asked: Mapping[str, Any]) -> None:
    run = _run(state, asked)
    _aside(state).add(run.name)
    training.discard(run)


LEARN = Tab(
    "apprendre",
    _draw,
    _busy,
    {
        "model": choose_base,
        "start": start,
        "stop": stop,
        "resume": resume,
        "aside": put_aside,
    },
)
