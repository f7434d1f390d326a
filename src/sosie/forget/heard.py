"""A person out of the transcripts: those of messages that the store no longer has; their name in others."""

from collections.abc import Callable
from dataclasses import replace

from sosie.core.workspace import Workspace
from sosie.importing import store
from sosie.prepare.transcripts import Transcript, Transcripts, Word


def clean_transcripts(workspace: Workspace, hide: Callable[[str], str]) -> None:
    """Called once the exports are without the person."""
    transcripts = Transcripts.open(workspace)
    if not transcripts.path.is_file():
        return
    there = {
        (conversation.id, message.id)
        for conversation in store.imported(workspace)
        for message in conversation.messages
        if message.kind == "voice"
    }

    def cleaned(one: Transcript) -> Transcript | None:
        if one.thread and one.key not in there:
            return None
        corrected = None if one.corrected is None else hide(one.corrected)
        text, name = hide(one.text), hide(one.name)
        return replace(one, words=_hidden(one, hide), text=text, corrected=corrected, name=name)

    transcripts.rewrite(cleaned)


def _hidden(one: Transcript, hide: Callable[[str], str]) -> tuple[Word, ...]:
    """The words without the name; as one word where it is made of several, which no word alone is."""
    words = tuple(replace(word, text=hide(word.text)) for word in one.words)
    said = " ".join(word.text for word in words)
    if not words or hide(said) == said:
        return words
    return (replace(words[0], text=hide(said), end=words[-1].end),)
