"""`sosie transcribe`: voice messages to text."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from sosie.cli.console import LOAD, Terminal, printable
from sosie.core import settings
from sosie.core.french_text import duration, number, plural
from sosie.core.progress import Event

if TYPE_CHECKING:
    from sosie.enrich.transcribe.run import Transcribed
    from sosie.prepare.transcripts import Transcript

_SHOWN = 5  # notes


def transcribe(
    notes: Annotated[
        list[Path] | None, Parameter(help="Enregistrements ; sinon les messages vocaux du dossier")
    ] = None,
    /,
    *,
    options: Annotated[settings.Transcribe, Parameter(name="*")] = settings.Transcribe(),
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Hear the voice messages of the folder, or recordings."""
    terminal.report(Event(LOAD))
    done = terminal.project.transcribe(notes or [], options, terminal.agree, terminal.report)
    terminal.end(done.to_json(), lambda console: draw_transcribe(console, done, options.manner))


def draw_transcribe(console: Console, done: "Transcribed", manner: str) -> None:
    """What was heard and what was not; of a few notes, what clean-up takes away."""
    console.print(
        f"[green]✓[/] {plural(done.transcribed, 'note')} sur {number(done.notes)}, "
        f"{duration(done.seconds_of_sound)} de son."
    )
    for reason, count in done.skipped.most_common():
        console.print(f"  [dim]{number(count)} · {reason}[/]")
    for note in done.heard[:_SHOWN]:
        console.print(changes(note, manner), soft_wrap=True)
    if done.transcribed:
        console.print("  [dim]→ sosie prepare, puis sosie review pour relire[/]")


def changes(note: "Transcript", manner: str) -> Text:
    """What was said: struck where it is not kept, a voice before its first word."""
    from sosie.enrich.transcribe.spoken import kept_words

    said = [word.text for word in note.words]
    kept = set(kept_words(said, manner))  # type: ignore[arg-type]
    line, speaker = Text(f"  {printable(note.name)} : ", style="dim"), ""
    for place, word in enumerate(note.words):
        if word.speaker != speaker:
            speaker = word.speaker
            line.append(f"[{speaker}] ", style="cyan")
        line.append(printable(word.text) + " ", style="" if place in kept else "strike")
    return line
