"""The lesson that goes with training: a page a step (lesson.md), filled in with what was measured."""

import re
from collections.abc import Sequence
from pathlib import Path

from sosie.core.dialogue import Turn
from sosie.core.french_text import decimal, number
from sosie.core.progress import Event, Report
from sosie.models.chat_formats import NANOCHAT
from sosie.models.nanochat.model import NanochatModel
from sosie.models.template import prompt
from sosie.nanochat.fit import Progress
from sosie.nanochat.start import Start

PAGES = Path(__file__).with_name("lesson.md")
SENTENCE = "Aujourd'hui j'suis allé chez l'épicier."
QUESTION = "salut, ça va ?"
LONGEST_ANSWER = 40  # tokens
SMALL = 20_000_000  # parameters: below, whatever it says is an accident
HONEST = {
    True: "Avec si peu de nombres et de textes, il écrit des morceaux de vos phrases, dans un ordre souvent "
    "absurde. Il ne sait rien, ne comprend rien, et ne vous ressemble que de loin.",
    False: "Il répond avec ce que sa base savait, et un peu de votre façon d'écrire.",
}


class Pages:
    """Each page is reported as it is written; `text` is the whole lesson so far."""

    def __init__(self, report: Report) -> None:
        self._report, self.text = report, ""
        # A line a paragraph: what shows it knows how wide it is.
        text = re.sub(r"(?<!\n)\n *(?![\n#-])", " ", PAGES.read_text(encoding="utf-8"))
        self._pages = text.split("---\n")

    def tell_vocabulary(self, start: Start, texts: Sequence[str]) -> None:
        tokens = start.tokenizer([*texts], add_special_tokens=False)["input_ids"]
        bytes_, count = sum(len(text.encode()) for text in texts), sum(map(len, tokens))
        pieces = start.tokenizer(SENTENCE, add_special_tokens=False)["input_ids"]
        self._tell(
            0,
            texts=number(len(texts)),
            bytes=number(bytes_),
            vocabulary=number(start.vocabulary.size),
            bytes_a_token=decimal(bytes_ / max(1, count), 1),
            sentence=SENTENCE,
            pieces=" | ".join(start.tokenizer.decode([piece]) for piece in pieces),
        )

    def tell_base(self, start: Start, done: Progress, rows: int, tokens: int) -> None:
        config = start.model.config
        self._tell(
            1,
            layers=config.n_layer,
            parameters=number(count_parameters(start.model)),
            length=config.sequence_len,
            steps=number(done.step),
            rows=rows,
            tokens=number(tokens),
            before=decimal(done.before),
            bits=decimal(done.best),
            stopped=why_it_ended(done),
        )

    def tell_replies(self, start: Start, done: Progress) -> None:
        self._tell(
            2,
            steps=number(done.step),
            before=decimal(done.before),
            after=decimal(done.best),
            stopped=why_it_ended(done),
            question=QUESTION,
            answer=answer(start, QUESTION),
        )
        self._tell(3, honest=HONEST[count_parameters(start.model) < SMALL])

    def _tell(self, page: int, **values: object) -> None:
        text = self._pages[page].format(**values)
        self.text += text + "\n"
        self._report(Event("lesson", text=text))


def count_parameters(model: NanochatModel) -> int:
    return sum(tensor.numel() for tensor in model.parameters())


def why_it_ended(done: Progress) -> str:
    """Whether it went on to the end, or stopped because what is held out got no easier."""
    if done.stale:
        return (
            f"Arrêté ou gardé avant la fin : les {done.stale} dernières mesures étaient moins bonnes, signe "
            "qu'il commençait à apprendre par cœur."
        )
    return "La dernière mesure est la meilleure : il n'apprenait pas encore par cœur."


def answer(start: Start, question: str) -> str:
    """The likeliest answer, token by token."""
    import torch

    ids = prompt([Turn("user", question)], start.tokenizer, NANOCHAT)
    ends = {start.vocabulary.special_ids[name] for name in ("<|assistant_end|>", "<|bos|>")}
    said: list[int] = []
    cache, new = start.model.new_cache(), ids
    with torch.inference_mode():
        while len(said) < LONGEST_ANSWER:
            logits = start.model.forward(torch.tensor([new], device=start.model.device), cache)
            token = int(logits[0, -1].argmax())
            if token in ends:
                break
            said.append(token)
            new = [token]
    return " ".join(start.tokenizer.decode(said).split())
