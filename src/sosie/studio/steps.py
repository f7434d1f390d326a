"""The journey: six steps, each with what is done and what comes next, and the tab that each one opens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sosie.core.errors import NothingToDo, SosieError
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.evaluate.scores import REPORT
from sosie.studio.drawing import told
from sosie.studio.jobs import unforeseen
from sosie.studio.learn_tab import LEARN
from sosie.studio.measure_tab import MEASURE
from sosie.studio.messages_tab import MESSAGES
from sosie.studio.names import of
from sosie.studio.review_tab import REVIEW
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab
from sosie.studio.take_tab import TAKE

TALK = "discuter"
TABS: Mapping[str, Tab] = {tab.name: tab for tab in (MESSAGES, REVIEW, LEARN, MEASURE, TAKE)}


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    done: Callable[[StudioState], bool]
    next: str  # what to do there, before it is done


JOURNEY = (
    Step("messages", "Vos messages", lambda s: _has(s, "train.jsonl"), "Déposez un export"),
    Step(
        "relire", "Relire", lambda s: _has(s, "decisions.jsonl") or bool(s.doubles()), "Écartez ce qui gêne"
    ),
    Step("apprendre", "Apprendre", lambda s: bool(s.doubles()), "Choisissez un modèle"),
    Step("mesurer", "Mesurer", lambda s: any(s.workspace.runs.glob(f"*/{REPORT}")), "Ressemble-t-il ?"),
    Step(TALK, "Discuter", lambda s: bool(s.choices.get("talked")), "Parlez-lui"),
    Step("emporter", "Emporter", lambda s: any(s.workspace.out.glob("*.*")), "Prenez-le avec vous"),
)


def _has(state: StudioState, name: str) -> bool:
    return (state.workspace.data / name).is_file()


def first(state: StudioState) -> str:
    """Where the page opens: with a double, one talks to it; else at the first step to do."""
    if state.chosen:
        return TALK
    return next((step.name for step in JOURNEY if not step.done(state)), TALK)


def guide(state: StudioState) -> Html:
    """The steps as links, with where one is."""
    coming = next((step.name for step in JOURNEY if not step.done(state)), "")
    lines = []
    for place, step in enumerate(JOURNEY, 1):
        done, at_work = step.done(state), step.name in TABS and TABS[step.name].busy(state)
        words = "en cours…" if at_work else "fait" if done else step.next if step.name == coming else ""
        sign = tag("span", "✓" if done and not at_work else str(place), class_="signe", aria_hidden="true")
        title = join(sign, tag("span", step.title, class_="nom"), tag("small", words))
        kind = " ".join(
            k for k, on in (("fait", done), ("suite", step.name == coming), ("travail", at_work)) if on
        )
        link = tag("a", title, href=f"#{step.name}", data_step=step.name, class_=kind or None)
        lines.append(tag("li", link))
    return tag("ol", each(lines), class_="etapes")


def heading(state: StudioState) -> Html:
    whose = f"Le double {of(state.me)}" if state.me else "Votre double"
    return join(tag("h1", whose), tag("p", "Sur cette machine seulement."))


def drawn(state: StudioState, name: str) -> dict[str, Any]:
    """What the page shows of one tab, and whether it is to be asked again soon."""
    with state.lock:
        try:
            body = TABS[name].draw(state) if name in TABS else join()
        except SosieError as error:
            body = join(told(error))
        except Exception as error:
            body = join(told(unforeseen(error)))
        return {
            "html": join(told(state.told.get(name)), body),
            "guide": guide(state),
            "heading": heading(state),
            "busy": any(tab.busy(state) for tab in TABS.values()),
        }


def do(state: StudioState, name: str, action: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A button was pressed: what it does, then the tab as it is now."""
    with state.lock:
        state.told.pop(name, None)
        try:
            if name not in TABS or action not in TABS[name].actions:
                raise NothingToDo("Ce bouton ne fait plus rien.", "Rechargez la page.")
            TABS[name].actions[action](state, asked)
        except SosieError as error:
            state.told[name] = error
        except (KeyError, ValueError, TypeError):
            state.told[name] = NothingToDo("La page n'est plus à jour.", "Rechargez-la.")
        except Exception as error:
            state.told[name] = unforeseen(error)
        return drawn(state, name)
