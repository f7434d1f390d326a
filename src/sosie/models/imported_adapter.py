"""An imported adapter: made by another tool (PEFT, TRL, unsloth, axolotl, LLaMA-Factory), read as a double.

 adapter_config.json            who the base is, and the shape of the adapter
 adapter_model.safetensors      its numbers
 tokenizer.json, *.jinja        where there are some: the format that it was taught

Nothing of the folder is run: neither pickles (.bin) nor code, nor regular expressions for its modules' names.
There is no portrait; sampling is that of our own doubles, so that the two compare. If the base named is a
quantised copy, the original is looked for; it is quantised again if bitsandbytes is here, else read in 16 or
32 bits.
"""

import re
from pathlib import Path
from typing import Any

from sosie.core import tensors
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, LONGEST_NAME, Double
from sosie.core.errors import BadData, UnknownModel
from sosie.core.given import object_in, refuse_odd
from sosie.core.lora_settings import obeyed, shown
from sosie.core.sampling import to_be_read
from sosie.models.adapter import CONFIG
from sosie.models.adapter_faults import COPY_FOLDER, SAVE_AGAIN, fault_of
from sosie.models.catalogue import HUB_ID, Base, catalogue, find, has_weights
from sosie.models.chat_formats import JINJA
from sosie.models.load import load_tokenizer
from sosie.models.template import stop_conditions, template_for
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer

PICKLED = "adapter_model.bin"
QUANTISED = re.compile(r"(?:-unsloth)?-(?:bnb-)?(?:[48]bit|nf4|int[48]|fp8|gptq|awq)\b.*\Z", re.IGNORECASE)
ELSEWHERE = re.compile(r"\w+://|[\\/]{2}")  # on the network: nothing is asked for there
FOUR = re.compile(r"4bit|nf4|int4", re.IGNORECASE)
_MIRROR = "unsloth/"  # publishes again, unchanged, what others made
WHICH = "Donnez le dossier ou le nom de ce modèle : --base MODÈLE"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter, and not a whole model."""
    return any((folder / name).is_file() for name in (CONFIG, ADAPTER, PICKLED)) and not has_weights(folder)


def read(folder: Path, base: str | None = None) -> Double:
    """The adapter as a double, on the base that it names or on `base`.

    BadData or UnknownModel if it, or its base, cannot be used.
    """
    refuse_odd(folder)
    settings = lora_settings_of(folder)
    if not (folder / ADAPTER).is_file():
        raise missing_weights((folder / PICKLED).is_file())
    try:
        tensors.shapes(folder / ADAPTER)
    except ValueError:
        raise fault_of(folder / ADAPTER) from None
    found = find(base) if base else base_of(settings)
    return Double(
        base=found.key,
        template=template_of(folder, found),
        bits=4 if FOUR.search(str(settings.get("base_model_name_or_path"))) else None,
        sampling=found.sampling,
        talking=to_be_read(found.sampling),
        versions={"peft": str(settings.get("peft_version", ""))},
        adapter_sha256=sha256_of(folder / ADAPTER),
        folder=folder,
    )


def lora_settings_of(folder: Path) -> dict[str, Any]:
    """The settings of adapter_config.json. BadData unless they are a LoRA's and ask for no code."""
    settings = _read_object(folder / CONFIG)
    if not settings.get("peft_type"):
        raise BadData(f"« {folder.name} » n'est pas un adaptateur au format PEFT.", COPY_FOLDER)
    if settings["peft_type"] != "LORA":
        raise BadData(
            f"Cet adaptateur est de sorte « {shown(settings['peft_type'])} », que sosie ne connaît pas.",
            "Il faut un adaptateur LoRA.",
        )
    tokenizer = folder / "tokenizer_config.json"
    if asks_for_code(settings) or (tokenizer.is_file() and asks_for_code(_read_object(tokenizer))):
        raise BadData(
            f"L'adaptateur « {folder.name} » demande d'exécuter du code : il n'est pas ouvert.",
            "Prenez un adaptateur fait pour un modèle que transformers connaît de lui-même.",
        )
    obeyed(settings)
    return settings


def _read_object(path: Path) -> dict[str, Any]:
    """A JSON object of the folder."""
    try:
        return object_in(path)
    except FileNotFoundError:
        raise BadData(f"Il manque « {path.name} » à cet adaptateur.", COPY_FOLDER) from None
    except (OSError, ValueError):
        raise fault_of(path) from None


def asks_for_code(settings: dict[str, Any]) -> bool:
    """Whether the settings name code to run. PEFT's `auto_mapping` may name transformers."""
    library_of = settings.get("auto_mapping") or {"parent_library": "transformers"}
    library = str(library_of.get("parent_library") if isinstance(library_of, dict) else library_of)
    foreign = library.partition(".")[0] != "transformers"
    return bool(settings.get("auto_map") or settings.get("megatron_config") or foreign)


def missing_weights(pickled: bool) -> BadData:
    if pickled:
        return BadData(
            f"Les poids de cet adaptateur sont dans « {PICKLED} », un format qui peut exécuter du code.",
            SAVE_AGAIN,
        )
    return BadData(f"Il manque « {ADAPTER} » à cet adaptateur.", COPY_FOLDER)


def base_of(settings: dict[str, Any]) -> Base:
    """The adapter's base model: the first of its names whose weights are on this machine."""
    named = settings.get("base_model_name_or_path")
    if not isinstance(named, str) or not named.strip():
        raise BadData("Cet adaptateur ne dit pas sur quel modèle il a été appris.", WHICH)
    if len(named) > LONGEST_NAME or not named.isprintable() or ELSEWHERE.match(named):
        raise BadData(
            "Le modèle de départ que cet adaptateur nomme n'est ni un dossier, ni un modèle.", WHICH
        )
    if Path(named).is_dir():
        return find(named)
    plain = QUANTISED.sub("", named)
    original = HUB_ID.fullmatch(named) and plain == named and not named.startswith(_MIRROR)
    on_hub = map(named_on_hub, dict.fromkeys((plain, named)))
    found = [base for base in (None if original else catalogue_namesake(plain), *on_hub) if base]
    if not found:
        last = re.split(r"[/\\]", named.rstrip("/\\"))[-1]
        raise UnknownModel(f"Le modèle de départ de cet adaptateur, « {last} », n'est pas ici.", WHICH)
    here = next((base for base in found if base.local), None)
    if here is None and plain != named:
        raise UnknownModel(
            f"Cet adaptateur a été appris sur « {named} », une copie quantifiée qui n'est pas ici.",
            f"Le modèle d'origine convient ; téléchargez-le une fois : hf download {found[0].where}",
        )
    return here or found[0]


def catalogue_namesake(named: str) -> Base | None:
    """The catalogue's model of the same name, whoever published a copy.

    « /content/Mistral-7B-Instruct-v0.2 », « unsloth/Meta-Llama-3.1-8B-Instruct »
    """
    last = re.split(r"[/\\]", named.rstrip("/\\").lower())[-1].removeprefix("meta-")
    names = (card.name for card in catalogue().values() if card.hub.lower().endswith(f"/{last}"))
    return next((find(name) for name in names), None)


def named_on_hub(named: str) -> Base | None:
    """The model that a hub id or a catalogue name means."""
    return find(named) if HUB_ID.fullmatch(named) or named in catalogue() else None


def template_of(folder: Path, base: Base) -> str:
    """The format of the folder's own tokenizer where it has one, else the base's."""
    if not (folder / TOKENIZER).is_file():
        return load_tokenizer(base)[1].name
    try:
        tokenizer = read_tokenizer(folder)
    except Exception:  # of several libraries' families
        raise BadData("Le tokenizer de cet adaptateur ne peut pas être lu.", COPY_FOLDER) from None
    if not tokenizer.chat_template:
        return template_for(base, tokenizer).name
    stop_conditions(JINJA, tokenizer)  # refuses, before any weight is read, a format that cannot be used
    return JINJA.name
