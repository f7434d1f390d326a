"""An engine for tests: it repeats the last user turn, word by word."""

import re
import time
from collections.abc import Sequence

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import TextStream, Usage, complete


class Echo:
    """« tu viens ? » -> « tu », « viens », « ? ». `max_tokens` counts words; `pause` is in seconds a word."""

    name = "echo"
    portrait = ""
    sampling = Sampling()

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        started = time.perf_counter()
        question = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        words = re.findall(r"\s*\S+", question)
        for word in words[: sampling.max_tokens]:
            time.sleep(self.pause)
            yield word
        count = min(len(words), sampling.max_tokens)
        seconds = time.perf_counter() - started
        return Usage(tokens=count, seconds=seconds, ending="end" if count == len(words) else "length")

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        return [complete(self.stream(turns, sampling))[0] for turns in many_turns]

    def tokens(self, text: str) -> int:
        return len(text.split())

    def close(self) -> None:
        """Nothing to give back."""


def open_echo(what: object = "echo") -> Echo:
    return Echo()
