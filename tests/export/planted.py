"""What is planted, said and forged in the tests of this wing."""

import json
import struct

from sosie.core.dialogue import Dialogue, Turn

SECRET = "motplanté"
SAID = [
    "salut",
    "ouais",
    "grave",
    "demain",
    "on",
    "mange",
    "où",
    "ça",
    "marche",
    "nickel",
    "je",
    "passe",
    "vers",
    "midi",
]


def dialogue(number):
    """« motA motB ? » and an answer that always says « genre »."""
    ask = f"{SAID[number % 14]} {SAID[(3 * number + 1) % 14]} ?"
    return Dialogue((Turn("user", ask), Turn("assistant", f"genre {SAID[(5 * number) % 14]} {number}")))


def safetensors(tensors):
    """{"name": (dtype, shape, bytes)} as a file's content."""
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {
            "dtype": dtype,
            "shape": shape,
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + data


ADAPTER = safetensors({"a": ("F16", [2, 3], b"\1" * 12), "b": ("F32", [2], b"\2" * 8)})
CONFIG = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": "mini"}
