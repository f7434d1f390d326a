"""Transcripts of speech: subtitles (SRT, WebVTT) whose lines name the speaker.

    1                                         WEBVTT
    00:00:01,000 --> 00:00:03,500
    Léa : alors, tu commences quand ?         00:01.000 --> 00:03.500
                                              <v Léa>alors, tu commences quand ?</v>
    2
    00:00:06,000 --> 00:00:07,000
    (rires)                                   ->  a notice, without an author

A cue without a name goes on with the last speaker. Times count from the beginning of the recording:
messages have none.
"""

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.plain_text.speakers import count_speakers, speakers, split_speaker
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"\s*(?P<start>{_CLOCK})\s*-->\s*{_CLOCK}(?:\s[^\n]*)?\Z")
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?[ \t]+(?P<name>[^>\n]{1,60})>")
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>\n]{0,80}|[\d:.]{5,12})>|\{\\[^{}\n]{1,40}\}")
_STAGE = re.compile(r"\W*(?:\([^()]*\)|\[[^\[\]]*\]|\*[^*]+\*|[♪♫#][^♪♫#]*[♪♫#]?)\W*", re.DOTALL)
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)\b")
_NOBODY = "Voix"
_EMPTY = "réplique sans texte"
_BEFORE = "lignes avant la première réplique"
_LONGEST = 20_000  # characters of one cue


class Cue(NamedTuple):
    """`number` is the line of its timing; `lines` what is shown."""

    number: int
    start: str
    lines: list[str]


class Transcript(FileReader):
    expects = "une transcription (SRT ou VTT)"
    sureness = 0.95

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = files_ending(archive, ".srt", ".vtt", ".txt")
        return [name for name in names[:most] if _is_one(read_as(archive.head(name)[: 1 << 16]))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        spoken, written = count_speakers(line for cue in _cues(archive, name) for line in cue.lines)
        title = PurePosixPath(name).stem
        yield Conversation(
            id=f"transcript-{digest(title)}",
            title=title,
            source="transcript",
            group=len(people := speakers(spoken, written)) > 2,
            messages=_messages(archive, name, people, log),
        )


def _is_one(text: str) -> bool:
    """A timing among the first lines; more of them where a text is long."""
    lines = [line for line in text.lstrip("\ufeff").splitlines()[:400] if line.strip()]
    timings = sum(bool(_TIMING.match(line)) for line in lines)
    return timings > 0 and (lines[0].startswith("WEBVTT") or timings * 12 >= len(lines))


def _cues(archive: Archive, name: str, log: "Log | None" = None) -> Iterator[Cue]:
    """The cues in order; numbers, names of cues and comments are not shown."""
    cue: Cue | None = None
    lost, headed = 0, False
    with archive.text(name, log.advance if log else None) as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n").lstrip("\ufeff")
            if found := _TIMING.match(line):
                if cue:
                    yield _shown(cue, True)
                cue = Cue(number, found["start"], [])
            elif cue:
                cue.lines.append(line)
            elif line.startswith("WEBVTT"):
                headed = True  # what follows, up to the first cue, is no speech
            else:
                lost += bool(line.strip()) and not line.strip().isdecimal()
    if cue:
        yield _shown(cue, False)
    if log and lost and not headed:
        log.skip(_BEFORE, lost)


def _shown(cue: Cue, followed: bool) -> Cue:
    """Without the number or name of the next cue, and without the comments in between."""
    lines = cue.lines
    last = len(lines) - 1
    if followed and last >= 0 and lines[last].strip():
        alone = last == 0 or not lines[last - 1].strip()
        if lines[last].strip().isdecimal() or (alone and last > 0):
            lines = lines[:last]
    end = next(
        (n for n, line in enumerate(lines) if _BLOCK.match(line) and n and not lines[n - 1].strip()),
        len(lines),
    )
    text = _VOICE.sub(lambda found: f"\n{found['name'].strip()} : ", "\n".join(lines[:end]))
    text = html.unescape(_TAG.sub("", text)).replace("\r", "")
    return cue._replace(lines=[line.strip() for line in text[:_LONGEST].split("\n") if line.strip()])


def _messages(archive: Archive, name: str, people: frozenset[str], log: "Log") -> Iterator[Message]:
    ids, speaker = MessageIds(), _NOBODY
    for cue in _cues(archive, name, log):
        origin = f"{name}:{cue.number}"
        if not cue.lines:
            log.skip(_EMPTY)
            continue
        text = "\n".join(cue.lines)
        if _STAGE.fullmatch(text):
            log.entries += 1
            yield Message(ids.of(cue.start, text), "", text, kind="notice", origin=origin, style=False)
            continue
        for who, words in _by_speaker(cue.lines, people, speaker):
            speaker = who
            log.entries += 1
            yield Message(ids.of(cue.start, who, words), who, words, origin=origin)


def _by_speaker(lines: list[str], people: frozenset[str], speaker: str) -> Iterator[tuple[str, str]]:
    """(who, what), one for each speaker of a cue."""
    spoken: list[str] = []
    for line in lines:
        found = split_speaker(line)
        if found and found[0] in people:
            if spoken:
                yield speaker, "\n".join(spoken)
            speaker, spoken = found[0], [found[1]] if found[1] else []
        else:
            spoken.append(line)
    if spoken:
        yield speaker, "\n".join(spoken)
