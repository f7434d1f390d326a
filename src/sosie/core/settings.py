"""Every knob, written once: key of sosie.toml, flag, form field and documentation come from these models."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError, field_validator

from sosie.core.errors import BadSettings
from sosie.core.french_text import meant

SEEDS = 1 << 32  # as many as numpy takes


class Import(BaseModel, frozen=True, extra="forbid"):
    me: tuple[str, ...] = Field(
        (), repr=False, description="Votre nom tel que l'export le montre (plusieurs fois si besoin)"
    )
    source: str | None = Field(None, description="Format de l'export, s'il n'est pas reconnu")
    aliases: dict[str, bool] = Field(
        {},
        repr=False,
        description="Vos réponses : « application/nom », true si c'est vous, false si c'est un autre",
    )


class Prepare(BaseModel, frozen=True, extra="forbid"):
    silence_minutes: int | None = Field(
        None,
        ge=5,
        le=2880,
        description="Silence qui sépare deux conversations, sinon selon le rythme de chacune",
    )
    keep_groups: bool = Field(True, description="Garder aussi les groupes")
    max_turns: int = Field(
        40, ge=2, le=400, description="Tours par dialogue ; au-delà, le dialogue est coupé"
    )
    test_share: float = Field(0.15, ge=0.05, le=0.30, description="Part la plus récente gardée pour mesurer")
    valid_share: float = Field(0.10, ge=0.05, le=0.30, description="Part gardée pour savoir quand s'arrêter")
    generated_share: float = Field(
        0.30,
        ge=0,
        le=0.9,
        description="Part des dialogues à question inventée, au plus, dans ce qui s'apprend",
    )
    names: Literal["tags", "surrogates", "keep"] = Field(
        "tags", description="À la place des noms : étiquettes, noms d'emprunt, ou rien (les garder)"
    )
    keep_names: tuple[str, ...] = Field(
        (), repr=False, description="Noms à ne pas masquer, le vôtre par exemple (plusieurs fois si besoin)"
    )


class Train(BaseModel, frozen=True, extra="forbid"):
    model: str | None = Field(
        None, description="Nom du catalogue, dossier, .gguf, « ollama:NOM » ou identifiant"
    )
    epochs: float = Field(6.0, gt=0, le=100, description="Passages sur les données, au plus")
    rank: int = Field(16, ge=1, le=256, description="Rang de LoRA")
    alpha: float | None = Field(None, gt=0, le=10_000, description="Échelle de LoRA (sinon : celle du plan)")
    learning_rate: float | None = Field(
        None, gt=0, lt=1, description="Pas d'apprentissage (sinon : celui du plan)"
    )
    schedule: Literal["cosine", "constant"] = Field(
        "cosine", description="Pas d'apprentissage : en cosinus jusqu'à un dixième, ou constant"
    )
    group: int | None = Field(
        None, ge=1, le=256, description="Dialogues par pas d'optimisation (sinon : ceux du plan)"
    )
    patience: int = Field(2, ge=0, le=20, description="Passages sans progrès avant l'arrêt ; 0 : jamais")
    max_tokens: int | None = Field(
        None, ge=32, description="Longueur d'un dialogue, en jetons (sinon : le contexte)"
    )
    dropout: float = Field(0.05, ge=0, lt=1, description="Abandon aléatoire dans LoRA")
    dora: bool = Field(False, description="DoRA : apprendre aussi la norme des poids, plus lentement")
    rslora: bool = Field(False, description="rsLoRA : échelle alpha / racine du rang, pour les grands rangs")
    neftune: float = Field(0.0, ge=0, le=50, description="Bruit NEFTune sur les mots lus (5 est l'usage)")
    bits: Literal[4, 8, 16, 32] | None = Field(
        None, description="Bits de chaque poids du modèle de base (sinon : ceux du plan)"
    )
    neutral: float = Field(
        0.15, ge=0, le=0.5, description="Part de français neutre mêlée, contre l'oubli ; 0 : aucune"
    )
    seed: int = Field(7, ge=0, lt=SEEDS, description="Graine du hasard")

    @field_validator("bits", mode="before")
    @classmethod
    def _from_a_flag(cls, given: Any) -> Any:
        """A flag is text, and pydantic takes no text for a choice of numbers."""
        return int(given) if isinstance(given, str) and given.isdigit() else given


class Evaluate(BaseModel, frozen=True, extra="forbid"):
    contexts: int = Field(
        200,
        title="Contextes au plus",
        ge=20,
        le=2000,
        description="Messages jamais appris auxquels répondre, au plus",
    )
    rivals: bool = Field(
        True,
        title="Rivaux mesurés",
        description="Comparer aussi au modèle de base avec 5 et 20 de vos exemples, sans entraînement",
    )
    generations: int = Field(
        500,
        title="Textes où chercher des fuites",
        ge=100,
        le=10_000,
        description="Réponses où chercher des fuites, celles d'avant comprises",
    )
    attacks: bool = Field(
        True,
        title="Attaques des poids",
        description="Chercher aussi à retrouver, par ses calculs, ce qu'il a appris",
    )
    forgetting: bool = Field(
        True, title="Oubli mesuré", description="Mesurer aussi ce que le modèle a oublié de son français"
    )
    seed: int = Field(7, title="Graine du hasard", ge=0, lt=SEEDS, description="Graine du hasard")


class Enrich(BaseModel, frozen=True, extra="forbid"):
    server: str | None = Field(
        None, description="Qui pose les questions : http://127.0.0.1:11434/v1#mistral, par exemple"
    )
    budget: int | None = Field(None, ge=1, description="Jetons à ne pas dépasser, questions comprises")
    min_words: int = Field(25, ge=5, le=500, description="Mots d'un texte, au moins, pour qu'on l'interroge")
    threshold: float = Field(0.0, ge=0, le=1, description="Note sous laquelle un dialogue est écarté")
    price_in: float | None = Field(None, ge=0, description="Prix d'un million de jetons lus, en euros")
    price_out: float | None = Field(None, ge=0, description="Prix d'un million de jetons écrits, en euros")
    templates: str | None = Field(None, description="Vos propres consignes (TOML), à la place des nôtres")
    judge: bool = Field(False, description="Faire aussi juger les questions par le serveur, s'il sait juger")
    seed: int = Field(7, ge=0, lt=SEEDS, description="Graine du hasard")


class Arena(BaseModel, frozen=True, extra="forbid"):
    duels: int = Field(60, ge=1, le=2000, description="Nombre de duels prêts, au plus")
    port: int = Field(7870, ge=0, le=65535, description="Le port")
    seed: int = Field(7, ge=0, lt=SEEDS, description="Graine du hasard")


class Transcribe(BaseModel, frozen=True, extra="forbid"):
    engine: str = Field(
        "faster-whisper",
        description="Moteur : faster-whisper, sherpa-onnx, ou text (le texte est déjà à côté du son)",
    )
    model: str = Field(
        "small", description="Modèle : un dossier, ou tiny, base, small, medium, large-v3, large-v3-turbo"
    )
    language: str = Field("fr", min_length=2, max_length=3, description="Langue parlée, en deux lettres")
    manner: Literal["spoken", "light", "written"] = Field(
        "light",
        description="Tel que dit, sans hésitations ni répétitions, ou sans « tu vois » ni « bon »",
    )
    punctuation: bool = Field(True, description="Garder la ponctuation, qui est du modèle et non de vous")
    voices: str | None = Field(
        None, description="Poids qui reconnaissent votre voix (pretrained.pt de resemblyzer)"
    )


class Chat(BaseModel, frozen=True, extra="forbid"):
    embeddings: str | None = Field(
        None,
        description="Modèle d'embeddings, pour retrouver vos mots par le sens : un .gguf, ou une URL#modèle",
    )
    embeddings_elsewhere: bool = Field(
        False,
        description="Accepter que cette adresse soit ailleurs que sur cette machine, et y lise vos messages",
    )


class Brouillons(BaseModel, frozen=True, extra="forbid"):
    beeper_contacts: tuple[str, ...] = Field(
        (),
        repr=False,
        description="Conversations de Beeper où préparer des brouillons : leurs numéros (--list)",
    )
    telegram_contacts: tuple[str, ...] = Field(
        (), repr=False, description="Contacts de Telegram pour qui en préparer : @nom ou numéro"
    )
    quiet_seconds: float = Field(20.0, ge=0, le=3600, description="Silence à attendre après leur message")
    beeper_port: int = Field(
        23373, ge=1, le=65535, description="Le port de Beeper Desktop, sur cette machine"
    )
    telegram_server: str = Field("https://api.telegram.org", description="Le serveur des bots de Telegram")


class Nanochat(BaseModel, frozen=True, extra="forbid"):
    vocabulary: int = Field(1024, ge=300, le=65_536, description="Jetons du vocabulaire, au plus")
    layers: int = Field(4, ge=1, le=48, description="Couches du modèle")
    width: int = Field(128, ge=64, le=2048, multiple_of=64, description="Largeur du modèle, par 64")
    length: int = Field(256, ge=64, le=2048, description="Jetons qu'il lit à la fois")
    minutes: float = Field(8.0, gt=0, le=100_000, description="Minutes de calcul, au plus")
    passes: float = Field(12.0, gt=0, le=100, description="Passages de la base sur les textes, au plus")
    epochs: float = Field(6.0, gt=0, le=100, description="Passages sur vos dialogues, au plus")
    learning_rate: float | None = Field(None, gt=0, lt=1, description="Pas d'apprentissage de vos réponses")
    patience: int = Field(2, ge=0, le=20, description="Mesures sans progrès avant l'arrêt ; 0 : jamais")
    seed: int = Field(7, ge=0, lt=SEEDS, description="Graine du hasard")


class Fleet(BaseModel, frozen=True, extra="forbid"):
    model: str | None = Field(None, description="Le modèle de tous (sinon : celui que « train » prendrait)")
    processes: int | None = Field(
        None, ge=1, le=1024, description="Personnes à la fois (sinon : une par cœur, si la mémoire suffit)"
    )
    silent_minutes: float = Field(
        30.0,
        gt=0,
        le=10_000,
        description="Silence d'un processus après lequel sa personne est laissée de côté",
    )
    tries: int = Field(3, ge=1, le=100, description="Essais d'une personne dont le processus s'arrête")
    largest_gigabytes: float = Field(
        20.0, gt=0, le=1e6, description="Taille d'un dossier au-delà de laquelle il est laissé de côté"
    )
    price_per_hour: float = Field(
        0.0, ge=0, le=1e6, description="Prix d'une heure d'un processus, en euros, pour --estimate"
    )
    adapters_megabytes: float = Field(
        1024.0, gt=0, le=1e9, description="serve : mémoire des doubles chargés à la fois"
    )


VERBS: dict[str, type[BaseModel]] = {
    "import": Import,
    "prepare": Prepare,
    "train": Train,
    "evaluate": Evaluate,
    "enrich": Enrich,
    "arena": Arena,
    "chat": Chat,
    "brouillons": Brouillons,
    "nanochat": Nanochat,
    "transcribe": Transcribe,
    "fleet": Fleet,
}

Model = TypeVar("Model", bound=BaseModel)


def check(model: type[Model], values: Mapping[str, Any], where: str) -> Model:
    """`values` as settings. BadSettings names the first key that is wrong, and the nearest good one."""
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            raise BadSettings(
                f"Réglage inconnu dans {where} : « {key} ».", nearest(key, model.model_fields)
            ) from None
        raise BadSettings(
            f"Réglage impossible dans {where} : « {key} ».", f"{expected(model, key, first['input'])}."
        ) from None


def nearest(word: str, known: Collection[str]) -> str:
    """« Vouliez-vous dire ... ? Possibles : ... »"""
    return f"{meant(word, known)}Possibles : {', '.join(known)}."


def expected(model: type[BaseModel], key: str, given: object) -> str:
    """« Vouliez-vous dire « tags » ? Attendu : tags, keep », of a value that the field refused."""
    return f"{meant(str(given), _choices(model.model_fields[key].annotation))}Attendu : {bounds(model, key)}"


def bounds(model: type[BaseModel], key: str) -> str:
    """What a field accepts, in French: « entre 5 et 2880 »."""
    words = {"ge": "au moins", "gt": "plus de", "le": "au plus", "lt": "moins de"}
    words["multiple_of"] = "multiple de"
    limits = [
        f"{word} {getattr(limit, name)}"
        for limit in model.model_fields[key].metadata
        for name, word in words.items()
        if hasattr(limit, name)
    ]
    return ", ".join([*limits, *_choices(model.model_fields[key].annotation)]) or "une valeur du bon type"


def _choices(kind: Any) -> tuple[str, ...]:
    """Literal["tags", "keep"], or that or None -> « tags », « keep »; nothing for any other type."""
    if get_origin(kind) is Literal:
        return tuple(map(str, get_args(kind)))
    return tuple(choice for one in get_args(kind) for choice in _choices(one))


Hardware = Literal["auto", "cpu", "t4", "rtx3060", "rtx4090", "a100", "h100", "h200", "m2", "m3max"]
