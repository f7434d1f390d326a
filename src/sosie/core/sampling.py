"""How an answer's tokens are drawn: one model, whose bounds hold for flags, sliders and files of others.

Sampling(temperature=0.0)                    always the likeliest token
changed(sampling, temperature=3.0)           BadSettings: « température », at most 2
limits("temperature")                        (0.0, 2.0)
"""

from dataclasses import fields, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from sosie.core.errors import BadSettings

LONGEST_STOP, MOST_STOPS = 1000, 64
OPENING_TOKENS = 2
Stop = Annotated[str, Field(max_length=LONGEST_STOP)]


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False))
class Sampling:
    """Settings of sampling. ValidationError for a value out of its bounds, or of another kind."""

    temperature: Annotated[float, Field(ge=0, le=2, title="Température")] = 0.7
    top_p: Annotated[float, Field(ge=0.01, le=1, title="Noyau (top-p)")] = 0.9
    # As a share of the likeliest token's probability.
    min_p: Annotated[float, Field(ge=0, le=1, title="Plancher (min-p)")] = 0.0
    repetition_penalty: Annotated[float, Field(ge=0.5, le=2, title="Pénalité de répétition")] = 1.1
    # How many times hotter the first OPENING_TOKENS of an answer are drawn.
    opening_scale: Annotated[float, Field(ge=0.5, le=4, title="Chaleur du début")] = 1.0
    max_tokens: Annotated[int, Field(ge=1, le=1 << 20, title="Jetons par réponse, au plus")] = 256
    # Words of the engine's lexicon only; nothing is refused where the engine has none.
    real_words: Annotated[bool, Field(title="Seulement des mots qui existent")] = False
    stop: Annotated[tuple[Stop, ...], Field(max_length=MOST_STOPS, title="Textes d'arrêt")] = ()
    seed: Annotated[int | None, Field(ge=0, le=(1 << 63) - 1, title="Graine du hasard")] = None


# How a double samples to be measured, unless its base has better (catalogue.toml): at the rates it learnt,
# nothing punished for coming back, only the tail cut. What makes an assistant safe (colder, top-p, a penalty)
# takes away what a person does now and then, which is what they are known by (benchmarks/sampling.py).
AS_LEARNT = Sampling(temperature=1.0, top_p=1.0, min_p=0.05, repetition_penalty=1.0)
# How it samples to be read, in a chat or a game: colder, so that sentences make sense; nothing punished
# either, a tic must come back (benchmarks/talking.py).
TALKING = Sampling(temperature=0.8, top_p=1.0, min_p=0.1, repetition_penalty=1.15, real_words=True)


def to_be_read(measured: Sampling) -> Sampling:
    """TALKING for a double that is measured with `measured`, whose answers open at the rates it learnt.

    Colder from the start, one opening takes all: « hop », which began one answer in 9, began one in 3
    (benchmarks/talking.py).
    """
    return replace(TALKING, opening_scale=max(1.0, measured.temperature / TALKING.temperature))


def changed(sampling: Sampling, **asked: Any) -> Sampling:
    """The same with what was asked for; None asks for nothing. BadSettings names what is out of bounds."""
    try:
        return replace(sampling, **{name: value for name, value in asked.items() if value is not None})
    except (ValidationError, TypeError) as error:
        name = str(error.errors()[0]["loc"][0]) if isinstance(error, ValidationError) else next(iter(asked))
        raise BadSettings(f"Réglage impossible : « {name} ».", f"Attendu : {expected(name)}.") from None


def limits(name: str) -> tuple[float, float]:
    """The least and the most that a number may be."""
    found = constraints(name)
    return found["ge"], found["le"]


def label(name: str) -> str:
    """« temperature » -> « Température »"""
    return str(field_of(name).title)


def constraints(name: str) -> dict[str, Any]:
    """{"ge": 0, "le": 2} of a field; nothing for what is no field."""
    bounds = ("ge", "gt", "le", "lt")
    held = field_of(name).metadata
    return {bound: getattr(limit, bound) for limit in held for bound in bounds if hasattr(limit, bound)}


def field_of(name: str) -> FieldInfo:
    found: FieldInfo = getattr(Sampling, "__pydantic_fields__").get(name, FieldInfo())  # noqa: B009  pydantic's
    return found


def expected(name: str) -> str:
    """« entre 0 et 2 », in French; else the settings that there are."""
    found = constraints(name)
    if "ge" in found and "le" in found:
        return f"entre {found['ge']} et {found['le']}"
    known = [field.name for field in fields(Sampling)]
    return "une valeur du bon type" if name in known else f"l'un de {', '.join(known)}"
