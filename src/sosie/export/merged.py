"""`sosie export merged`: the double as a whole model, its adapter added to the weights of its base.

 sortie/sosie-léa-merged/   model.safetensors (or shards), config.json, tokenizer, chat_template.jinja,
                            generation_config.json, certificat.json

Any program that opens a folder of transformers opens it: vLLM, MLX, ctranslate2, llama.cpp's own converter.
Read back and compared with the numbers it was made from before it takes its place.
"""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sosie.core.double import Double
from sosie.core.errors import BadData, BadSettings
from sosie.core.given import object_in
from sosie.core.progress import Event, Report
from sosie.core.settings import nearest
from sosie.core.workspace import IGNORE, Workspace
from sosie.export.base import Exported, Order
from sosie.export.certificate import certify, names_in
from sosie.export.merged_weights import STORED_AS, Merge, MergedKind, first_difference, write_merged
from sosie.export.nf4_difference import nf4_difference
from sosie.export.opened_double import OpenedDouble, open_double
from sosie.export.public_files import known_part
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.adapter import CONFIG
from sosie.models.double_zip import CERTIFICATE
from sosie.models.gguf.chat_template import jinja_of
from sosie.models.template import stop_conditions

TORCH_NAMES: dict[MergedKind, str] = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
TOKENIZER_CONFIG = "tokenizer_config.json"
MOVED = (
    "Mesuré sur les couches apprises : les poids entiers sont à {share:.1f} % de ceux en 4 bits (norme de "
    "l'écart sur norme des poids)."
)
NOT_MERGED = ("fan_in_fan_out", "layer_replication")
SETTING = re.compile(r"[a-z0-9_]{1,60}")
MACHINE = ("_name_or_path", "auto_map", "quantization_config", "transformers_version")


def export_merged(order: Order, folder: Path, report: Report) -> Exported:
    """One folder; the weights in bf16 unless asked otherwise, or in f16 where the base's are."""
    if order.weights and order.weights not in STORED_AS:
        raise BadSettings(
            f"Il n'y a pas de modèle fondu en « {order.weights} » ici.",
            nearest(order.weights, STORED_AS),
        )
    opened = open_double(order, report)
    if told := [name for name in NOT_MERGED if object_in(opened.own / CONFIG).get(name)]:
        raise BadData(
            f"sosie ne sait pas fondre cet adaptateur ({told[0]}).",
            "Gardez-le tel quel : sosie export bundle",
        )
    merge = Merge.of(opened.weights, opened.lora)
    kind: MergedKind = order.weights or usual_kind(merge)  # type: ignore[assignment]  # checked above
    path = folder / f"sosie-{opened.name}-merged"
    with whole_folder(path, names_in) as draft:
        write_merged(merge, kind, draft, report)
        write_settings(opened, kind, draft)
        if worst := first_difference(merge, kind, draft):
            raise BadData(f"Le fichier écrit n'a pas les nombres du double ({worst}).", "Recommencez.")
        add_certificate(order.workspace, opened.double, opened.name, draft)
    if opened.double.bits == 4 and find_spec("bitsandbytes"):
        report(Event("warning", text=MOVED.format(share=100 * nf4_difference(merge))))
    return Exported(
        tuple(path / name for name in files_in(path) if name != IGNORE),
        (
            "Gardez ce dossier pour vous : un double peut dire des choses privées.",
            f"Avec transformers : AutoModelForCausalLM.from_pretrained({str(path)!r})",
        ),
    )


def usual_kind(merge: Merge) -> MergedKind:
    stored = {place.kind for place in merge.weights.places.values() if len(place.shape) > 1}
    return "f16" if stored == {"F16"} else "bf16"


def write_settings(opened: OpenedDouble, kind: MergedKind, draft: Path) -> None:
    """Everything but the weights: the shape, the tokenizer with the double's chat format, how it samples."""
    shape = shape_of(object_in(opened.weights / "config.json"))
    for told in (shape, shape.get("text_config")):
        if isinstance(told, dict):
            told |= {"dtype": TORCH_NAMES[kind], "torch_dtype": TORCH_NAMES[kind]}
    write_object(draft / "config.json", shape)
    write_object(draft / "generation_config.json", generation_settings(opened))
    tokenizer, template = opened.tokenizer, opened.template
    if template.user is not None:
        tokenizer.chat_template = jinja_of(
            template, str(tokenizer.bos_token or ""), str(tokenizer.eos_token or "")
        )
    tokenizer.save_pretrained(draft)
    for name in ("tokenizer.json", TOKENIZER_CONFIG, "special_tokens_map.json"):
        if (draft / name).is_file() and isinstance(kept := known_part(draft / name), bytes):
            (draft / name).write_bytes(kept)
    told = object_in(draft / TOKENIZER_CONFIG)
    signs = told.pop("extra_special_tokens", None)
    # As transformers 4 reads them too: vLLM and others are behind.
    told |= {"tokenizer_class": "PreTrainedTokenizerFast"}
    write_object(draft / TOKENIZER_CONFIG, told | ({"additional_special_tokens": signs} if signs else {}))


def shape_of(told: dict[str, Any]) -> dict[str, Any]:
    """A config.json without what says where on a machine the model was, brings code, or is a tool's own note.

    A text stays where the family has a setting of that name; a number does too where it has none: an older
    config has other names.
    """
    from transformers import CONFIG_MAPPING

    family = str(told.get("model_type"))
    settings = CONFIG_MAPPING[family]().to_dict() if family in CONFIG_MAPPING else ()
    known = {"model_type", "architectures", *settings}

    def stays(name: str, value: Any) -> bool:
        return (
            name not in MACHINE and bool(SETTING.fullmatch(name)) and (name in known or not has_text(value))
        )

    return {name: value for name, value in told.items() if stays(name, value)}


def has_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and any(map(has_text, value)))


def generation_settings(opened: OpenedDouble) -> dict[str, Any]:
    """How the double answers, in transformers' words; top_k is 50 there where nothing is said."""
    sampling, tokenizer = opened.double.talking_through_llama, opened.tokenizer
    drawn = {
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 0,
        **({"min_p": sampling.min_p} if sampling.min_p else {}),
    }
    told = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": list(stop_conditions(opened.template, tokenizer).ids),
        "pad_token_id": tokenizer.pad_token_id,
        "repetition_penalty": sampling.repetition_penalty,
        "max_new_tokens": sampling.max_tokens,
        **(drawn if sampling.temperature else {"do_sample": False}),
    }
    return {name: value for name, value in told.items() if value is not None}


def write_object(path: Path, told: dict[str, Any]) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def add_certificate(workspace: Workspace, double: Double, name: str, draft: Path) -> None:
    """The certificate of all that a draft holds."""
    files = {each: draft / each for each in files_in(draft)}
    (draft / CERTIFICATE).write_bytes(certify(workspace, double, name, files))
