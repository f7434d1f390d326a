"""« Vos messages vocaux », in « Relire »: each sound beside what was heard in it, to listen to and correct.

A correction is on the disk when its button is done; it outlives every later transcription, and the next
preparation reads it. By keyboard: Tab walks, Enter presses, as everywhere.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadSettings
from sosie.core.french_text import duration, number, plural
from sosie.core.workspace import Workspace
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.importing.store import NOTE, imports_of
from sosie.prepare.transcripts import Key, Transcript, Transcripts
from sosie.studio.drawing import button, notice
from sosie.studio.review_card import as_written
from sosie.studio.state import StudioState

if TYPE_CHECKING:
    from sosie.enrich.transcribe.notes import Note

A_PAGE = 20
# By the ending of the file's name; a browser is told nothing else of what a sender made.
_KINDS = {
    "opus": "ogg",
    "ogg": "ogg",
    "oga": "ogg",
    "mp3": "mpeg",
    "wav": "wav",
    "aac": "aac",
    "flac": "flac",
}


def voice_notes(state: StudioState) -> Html | None:
    """None where nothing was transcribed."""
    kept = Transcripts.open(state.workspace)
    notes = [one for one in kept.found.values() if one.words or one.corrected is not None]
    if not notes:
        return None
    last = (len(notes) - 1) // A_PAGE
    page = min(max(0, int(state.choices.get("voices", 0))), last)
    first = page * A_PAGE
    rows = each(map(_row, notes[first : first + A_PAGE]))
    summary = tag("summary", f"Vos messages vocaux ({number(len(notes))})")
    listed = tag("ol", rows, start=first + 1, class_="vocaux")
    return join(_again(state, kept), tag("details", summary, _pages(page, last), listed, id="vocaux"))


def _pages(page: int, last: int) -> Html | None:
    """Before the notes, so that Tab goes from « Suivants » to the first of them."""
    if not last:
        return None
    return tag(
        "nav",
        tag("span", f"Page {page + 1} sur {last + 1}.", class_="discret"),
        _turn("Précédents", page - 1) if page else None,
        _turn("Suivants", page + 1) if page < last else None,
        class_="pages",
        aria_label="Pages de messages vocaux",
    )


def _turn(label: str, page: int) -> Html:
    """Its id keeps the keyboard on it from one page to the next."""
    return tag(
        "button",
        label,
        type="button",
        id=f"vocaux-{label}",
        class_="bouton plain",
        data_do="voices",
        data_number=page,
    )


def _again(state: StudioState, kept: Transcripts) -> Html | None:
    """Where something was corrected since the dialogues were made."""
    made = state.workspace.data / "report.json"
    if not made.is_file() or kept.path.stat().st_mtime <= made.stat().st_mtime:
        return None
    words = "Ce que vos messages vocaux disent maintenant vaut pour la prochaine préparation. "
    return notice(words, button("Refaire les dialogues", "prepare", kind="primary"))


def _row(one: Transcript) -> Html:
    rows = max(1, len(one.learnt) // 60 + 1)
    box = f"v-{one.sound[:12]}-{one.message[:12]}"
    words = plural(len(one.words), "mot")
    return tag(
        "li",
        tag(
            "p",
            tag("b", one.name),
            f" · {duration(one.seconds)} · {words}",
            tag("span", "corrigé", class_="etat edit") if one.corrected is not None else None,
            class_="tete",
        ),
        button("Écouter", "listen", kind="petit", sound=one.sound) if one.thread else None,
        tag(
            "form",
            tag("label", "Texte", for_=box, class_="hors-vue"),
            tag(
                "textarea",
                as_written(one.learnt),
                id=box,
                name_="text",
                rows=rows,
            ),
            tag("button", "Enregistrer", type="submit", id=f"{box}-fait", class_="bouton"),
            data_do="heard",
            data_thread=one.thread,
            data_message=one.message,
            class_="edition",
        ),
    )


def correct(state: StudioState, asked: Mapping[str, Any]) -> None:
    """What the person wrote in place of what was heard; an empty box leaves the message out."""
    kept = Transcripts.open(state.workspace)
    key = str(asked["thread"]), str(asked["message"])
    if key not in kept.found:
        raise BadSettings("Ce message vocal n'est plus là.", "Rechargez la page.")
    text = " ".join(str(asked.get("fields", {}).get("text", "")).split())
    if text != kept.found[key].learnt:
        kept.correct(key, text)


def sound_of(workspace: Workspace, sound: str) -> tuple[bytes, str] | None:
    """(bytes, MIME type) of the sound with this SHA-256, where an export of the folder still has it."""
    known = Transcripts.open(workspace).found.values()
    notes = _notes(workspace, tuple((path / NOTE).stat().st_mtime for path in imports_of(workspace)))
    for one in known:
        if one.sound == sound and (note := notes.get(one.key)):
            with note.loaded() as (stream, _):
                return stream.read(), f"audio/{_KINDS.get(note.name.rpartition('.')[2].lower(), 'mp4')}"
    return None


@lru_cache(maxsize=1)
def _notes(workspace: Workspace, written: tuple[float, ...]) -> "dict[Key, Note]":
    """Where the sound of each message is: all exports are read, once until one of them changes."""
    from sosie.enrich.transcribe.notes import notes_of_exports

    found = notes_of_exports(workspace, lambda reason: None)
    return {(note.thread, note.message): note for note in found}
