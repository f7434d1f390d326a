"""Doubles of random numbers on mini: they say different things, which is all that serving asks of them."""

from sosie.core.dialogue import Turn
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.sampling import Sampling

NAMES = [f"p{number}" for number in range(5)]
GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=8)
ASKED = (Turn("user", "tu viens ce soir ?"),)


def make_doubles(root):
    """All of one shape but the last."""
    import peft
    import torch

    from sosie.models.catalogue import find
    from sosie.models.load import load
    from sosie.train.lora import write_adapter

    for number, name in enumerate(NAMES):
        loaded = load(find("mini"))
        torch.manual_seed(number)
        rank = 4 if name == NAMES[-1] else 8
        settings = peft.LoraConfig(r=rank, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
        model = peft.get_peft_model(loaded.model, settings)
        with torch.no_grad():
            for weight in (w for w in model.parameters() if w.requires_grad):
                weight.normal_(0, 0.03)
        folder = root / name / "runs" / "un" / "double"
        folder.mkdir(parents=True)
        write_adapter(model, folder, "mini", "float32")
        loaded.tokenizer.save_pretrained(folder)
        (folder / "words.txt").write_text(f"mot{number}", encoding="utf-8")
        double = Double("mini", loaded.template.name, adapter_sha256=sha256_of(folder / ADAPTER))
        double.write(folder)
    return root


def double_of(root, name):
    return Double.read(root / name / "runs" / "un" / "double")


def adapter_bytes(root, name="p0"):
    return (root / name / "runs" / "un" / "double" / ADAPTER).stat().st_size
