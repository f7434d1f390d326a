"""Reading a checkpoint that nanochat, or somebody's fork, wrote: nothing of it is run.

 BASE/tokenizer/tokenizer.pkl                          the one tokenizer of a base folder
 BASE/chatsft_checkpoints/d20/model_000650.pt          tensors: torch's restricted reader only
                             /meta_000650.json         their shape
                             /sosie_nanochat.json      the era, where sosie wrote it: C and C' look the same

Also a folder with all of it side by side, as people publish them.
"""

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadData, NoRoom, SosieError
from sosie.core.extras import need
from sosie.core.given import object_in
from sosie.core.zip_safety import safe_members
from sosie.models.nanochat.era import Era, NanochatConfig, eras_of
from sosie.models.nanochat.model import NanochatModel
from sosie.models.nanochat.vocabulary import Vocabulary, read_vocabulary
from sosie.models.quantised import is_out_of_memory

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = re.compile(r"model_(\d{1,9})\.pt")
TOKENIZER = "tokenizer.pkl"
NOTE = "sosie_nanochat.json"
SOURCES = ("chatrl", "chatsft", "mid", "base")  # the most taught first
DEPTH = re.compile(r"d(\d{1,4})")
MOST_RECORDS = 100_000
WHOLE_MEND = "Copiez-le de nouveau, en entier, tel que nanochat l'a écrit."
TOO_LARGE = (
    "Ce modèle nanochat ne tient pas dans la mémoire.",
    "Fermez d'autres programmes, et recommencez.",
)
PROBE = (
    "Le chat dort sur le canapé pendant que la pluie tombe sur les toits de la ville. Demain, nous irons au "
    "marché acheter du pain, des pommes et un peu de fromage. The quick brown fox jumps over the lazy dog. "
    "The capital of France is Paris, and water is made of hydrogen and oxygen."
)


@dataclass(frozen=True)
class Checkpoint:
    """A model as it lies on the disk; `state` has the file's own names, without torch.compile's prefix."""

    config: NanochatConfig
    era: Era
    vocabulary: Vocabulary = field(repr=False)
    state: "Mapping[str, Tensor]" = field(repr=False)
    step: int = 0
    calculator: str = "nanochat"  # how its calculations are read: "fr" where sosie taught it
    meta: Mapping[str, Any] = field(default_factory=dict, repr=False)


def find_checkpoint(folder: Path) -> Path | None:
    """The folder of the model files: this one, else the best one inside of a base folder of nanochat.

    The most taught, then the deepest « d<N> », as nanochat chooses.
    """
    folders = [folder] if _steps(folder) else [path for path in _inside(folder) if _steps(path)]
    return folders[0] if folders else None


def _inside(folder: Path) -> Iterator[Path]:
    holders = [folder / f"{source}_checkpoints" for source in SOURCES]
    if folder.name.endswith("_checkpoints"):
        holders = [folder]
    for holder in holders:
        if holder.is_dir():
            yield from sorted((path for path in holder.iterdir() if path.is_dir()), key=_depth, reverse=True)


def _depth(folder: Path) -> tuple[int, str]:
    found = DEPTH.fullmatch(folder.name)
    return int(found[1]) if found else -1, folder.name


def _steps(folder: Path) -> dict[int, Path]:
    """The weights in a folder by their step."""
    try:
        named = [(WEIGHTS.fullmatch(path.name), path) for path in folder.iterdir()]
    except (OSError, ValueError):  # none, another user's, or no name of a folder
        return {}
    return {int(found[1]): path for found, path in named if found and path.is_file()}


def read_checkpoint(folder: Path, step: int | None = None) -> Checkpoint:
    """The last step of a checkpoint folder, or the one that is named.

    BadData where a file is missing, damaged or of another model; UnknownModel for an unknown architecture.
    """
    where = find_checkpoint(folder)
    steps = _steps(where) if where else {}
    if where is None or (step is not None and step not in steps):
        wanted = "model_*.pt" if step is None else f"model_{step:06d}.pt"
        raise BadData(
            f"Il n'y a pas de modèle nanochat ({wanted}) dans « {folder.name} ».",
            "Donnez le dossier qui contient « model_*.pt » et « meta_*.json ».",
        )
    step = max(steps) if step is None else step
    meta = _meta(steps[step])
    config = NanochatConfig.read(meta["model_config"])
    vocabulary = read_vocabulary(_tokenizer_beside(where))
    if vocabulary.size != config.vocab_size:
        raise BadData(
            f"Le tokenizer a {vocabulary.size} signes et le modèle en attend {config.vocab_size} : "
            "c'est celui d'un autre modèle.",
            "Un dossier de base de nanochat n'a qu'un tokenizer : remettez celui de ce modèle à côté de lui.",
        )
    state = read_state(steps[step])
    eras = eras_of({name: tuple(tensor.shape) for name, tensor in state.items()}, config)
    told = _note(where)
    era = next((era for era in eras if era.name == told.get("era")), None)
    era = era or likeliest(eras, config, state, vocabulary)
    calculator = "fr" if told.get("calculator") == "fr" else "nanochat"
    return Checkpoint(config, era, vocabulary, state, step, calculator, meta)


def _meta(weights: Path) -> dict[str, Any]:
    path = weights.with_name(f"meta_{weights.stem.removeprefix('model_')}.json")
    try:
        meta = object_in(path)
    except FileNotFoundError:
        raise BadData(
            f"Il manque « {path.name} » à côté de « {weights.name} ».",
            "Copiez aussi ce fichier : lui seul dit comment le modèle est fait.",
        ) from None
    except (OSError, ValueError):
        raise BadData(f"« {path.name} » est abîmé.", WHOLE_MEND) from None
    return {"model_config": None, **meta}


def _tokenizer_beside(where: Path) -> Path:
    """Beside the weights, or in the base folder that they are in."""
    base = where.resolve().parent.parent
    places = (where, where / "tokenizer", base / "tokenizer", where.parent / "tokenizer")
    return next((at / TOKENIZER for at in places if (at / TOKENIZER).is_file()), where / TOKENIZER)


def read_state(path: Path) -> "dict[str, Tensor]":
    """The tensors of a .pt file, on the CPU: a zip whose pickle torch reads without running anything."""
    torch = need("torch", extra="train")
    try:
        safe_members(path, MOST_RECORDS, WHOLE_MEND)
        with warnings.catch_warnings(action="ignore"):
            found = torch.load(path, map_location="cpu", weights_only=True)
        state = {str(name).removeprefix("_orig_mod."): tensor for name, tensor in found.items()}
        if len(state) != len(found) or not all(map(_sound, state.values())):
            raise ValueError("tensors")
    except SosieError:
        raise
    except Exception as error:  # a damaged file may raise anything, in words of its own
        if is_out_of_memory(error):
            raise NoRoom(*TOO_LARGE) from None
        raise BadData(
            f"« {path.name} » n'est pas un fichier de poids de nanochat, ou il est abîmé.", WHOLE_MEND
        ) from None
    return state


def _sound(tensor: Any) -> bool:
    """Whether this is a tensor of numbers that are all in the file: none is shown many times over."""
    torch = need("torch", extra="train")
    return (
        isinstance(tensor, torch.Tensor)
        and tensor.dtype in (torch.float32, torch.bfloat16, torch.float16)
        and tensor.layout == torch.strided
        and tensor.device.type == "cpu"  # « meta » tensors are shapes alone
        and tensor.is_contiguous()
        and tensor.untyped_storage().nbytes() >= tensor.numel() * tensor.itemsize
    )


def _note(where: Path) -> dict[str, Any]:
    """What the note beside the weights tells; nothing where there is none, or it is damaged."""
    try:
        return object_in(where / NOTE, most=1 << 16)
    except (OSError, ValueError):
        return {}


def likeliest(
    eras: tuple[Era, ...], config: NanochatConfig, state: "Mapping[str, Tensor]", vocabulary: Vocabulary
) -> Era:
    """The era under which a plain text is least unexpected; nothing is computed where there is only one."""
    if len(eras) == 1:
        return eras[0]
    from sosie.models.nanochat.tokenizer import tokenizer_of

    ids = tokenizer_of(vocabulary)(PROBE, add_special_tokens=False)["input_ids"][: config.sequence_len]
    ids = [vocabulary.special_ids["<|bos|>"], *ids]
    return min(eras, key=lambda era: _loss(as_model(config, era, state), ids))


def _loss(model: NanochatModel, ids: list[int]) -> float:
    torch = need("torch", extra="train")
    with torch.inference_mode():
        logits = model.forward(torch.tensor([ids[:-1]]))[0]
        return float(torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:])))


def as_model(
    config: NanochatConfig,
    era: Era,
    state: "Mapping[str, Tensor]",
    device: str = "cpu",
    dtype: Any = None,
) -> NanochatModel:
    """The model in one dtype (float32 unless said otherwise); vectors (lambdas) stay in float32."""
    torch = need("torch", extra="train")
    kind = dtype or torch.float32
    moved = {
        name: tensor.to(device, torch.float32 if tensor.dim() == 1 else kind)
        for name, tensor in state.items()
    }
    return NanochatModel(config, era, moved)


def build(checkpoint: Checkpoint, device: str = "cpu", dtype: Any = None) -> NanochatModel:
    return as_model(checkpoint.config, checkpoint.era, checkpoint.state, device, dtype)


def note_of(era: Era, config: NanochatConfig) -> str:
    """The text of sosie_nanochat.json: what the weights do not say of themselves."""
    told: dict[str, Any] = {"format": 1, "era": era.name, "calculator": "fr"}
    told |= {"constants": asdict(era), "model_config": asdict(config)}
    return json.dumps(told, indent=1) + "\n"
