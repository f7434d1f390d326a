"""Where the tensors of a pytorch_model.bin lie: for the models that were published in no other form.

torch's restricted reader unpickles the names and shapes, in a mode in which it reads no numbers, and says
where in the file each storage is. Not covered: files older than torch's zip (2020), tensors that are views.
"""

from pathlib import Path

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.models.gguf.place import Place

SAFETENSORS_KINDS = {
    "torch.float64": "F64",
    "torch.float32": "F32",
    "torch.float16": "F16",
    "torch.bfloat16": "BF16",
}


def places_in_checkpoint(file: Path) -> dict[str, Place]:
    """The tensors of one file. UnknownModel where it is of a form that is not covered."""
    torch = need("torch", extra="train")
    from torch._subclasses.fake_tensor import FakeTensorMode

    found = {}
    with FakeTensorMode():
        tensors = torch.load(file, weights_only=True, map_location="cpu")
    for name, tensor in tensors.items():
        begin = getattr(tensor.untyped_storage(), "_checkpoint_offset", None)
        kind = SAFETENSORS_KINDS.get(str(tensor.dtype))
        if begin is None or kind is None or not tensor.is_contiguous():
            raise UnknownModel(
                f"« {file.name} » est d'une forme que sosie ne lit pas ici.",
                "Convertissez-le d'abord avec transformers : model.save_pretrained(DOSSIER).",
            )
        begin += tensor.storage_offset() * tensor.element_size()
        found[name] = Place(file, begin, kind, tuple(tensor.shape))
    return found
