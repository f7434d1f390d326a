"""The judge: a model behind an OpenAI-compatible address that the user named, asked for one letter."""

from dataclasses import dataclass

from sosie.core.counted import counted
from sosie.engines.openai_client import OpenAIClient
from sosie.engines.recipient import Recipient

JUDGE = Recipient(
    "juge",
    "vos vraies réponses (8 en exemple à chaque question), les messages de vos correspondants "
    "et les réponses du modèle",
    "--judge-elsewhere",
)


@dataclass(frozen=True, slots=True)
class Server(OpenAIClient):
    """`url`: « http://127.0.0.1:11434/v1#mistral »"""

    recipient: Recipient = JUDGE

    def ask(self, prompt: str) -> "Answer":
        """One answer at temperature 0. SosieError where the server does not answer as it should."""
        messages = [{"role": "user", "content": prompt}]
        said = self.complete({"messages": messages, "temperature": 0, "seed": 0, "max_tokens": 8})
        try:
            text = said["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise self.strange() from None
        return Answer(str(text or ""), str(said.get("model") or self.model))


@counted
@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    model: str  # as the server calls it
