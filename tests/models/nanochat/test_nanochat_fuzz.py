"""Damaged and hostile checkpoints: read, or refused in one sentence; nothing of them is run.

NANOCHAT_FUZZ=10000 for the whole measure.
"""

import os
import pickle
import sys
from random import Random

import pytest
import torch
from tiny_nanochat import write_tiny

from sosie.core.errors import SosieError
from sosie.models.nanochat.checkpoint import read_checkpoint

COUNT = int(os.environ.get("NANOCHAT_FUZZ", "200"))
RUN = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.remove", "shutil.rmtree")
GLOBALS = ("cos\nsystem\n", "cbuiltins\nexec\n", "cposix\nsystem\n", "cnumpy\nload\n", "ctorch\nload\n")
heard: list[str] = []
sys.addaudithook(lambda event, told: heard.append(f"{event} {told}"[:200]) if event in RUN else None)


def spoilt(content: bytes, random: Random) -> bytes:
    """The same bytes with something cut, changed, doubled, or called."""
    kind, at = random.randrange(6), random.randrange(len(content))
    if kind == 0:
        return content[:at]
    if kind == 1:
        changed = bytearray(content)
        for _ in range(random.choice((1, 3, 30))):
            changed[random.randrange(len(changed))] = random.randrange(256)
        return bytes(changed)
    if kind == 2:
        return content[:at] + content[at : at + 40] * random.choice((2, 50)) + content[at:]
    if kind == 3:
        return content[:at] + random.randbytes(random.randrange(1, 60)) + content[at:]
    called = random.choice(GLOBALS).encode() + b"(X\x09\x00\x00\x00exit('x')tR"
    if kind == 4:
        return content[:2] + called + b"0" + content[2:]
    return pickle.PROTO + b"\x02" + called + pickle.STOP


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("fuzz") / "base")
    read_checkpoint(folder)  # whatever is imported is imported now
    return folder


@pytest.mark.parametrize("part", ["tokenizer.pkl", "model_000001.pt", "data.pkl"])
def test_a_spoilt_file_is_read_or_refused_in_a_sentence(written, part):
    random, refused = Random(part), 0
    path = written / part
    if part == "tokenizer.pkl":
        path = written.parent.parent / "tokenizer" / part
    elif part == "data.pkl":  # that of the weights, in an otherwise sound zip
        path = written / "model_000001.pt"
    whole = path.read_bytes()
    heard.clear()
    for _ in range(COUNT // 3 + 1):
        path.write_bytes(rezipped(whole, random) if part == "data.pkl" else spoilt(whole, random))
        try:
            read_checkpoint(written)
        except SosieError as error:
            refused += 1
            assert error.message and error.mend and "\n" not in error.message
    path.write_bytes(whole)
    assert not heard
    assert refused > COUNT // 12


def rezipped(whole: bytes, random: Random) -> bytes:
    """The zip of the weights with its pickle spoilt: the sums of the zip are right."""
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(made, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(
                info.filename, spoilt(content, random) if info.filename.endswith("data.pkl") else content
            )
    return made.getvalue()


def test_a_weight_of_another_kind_is_refused(written):
    path = written / "model_000001.pt"
    whole = path.read_bytes()
    state = torch.load(path, weights_only=True)
    name = "transformer.h.0.attn.c_q.weight"
    for wrong in (
        state[name].to(torch.int32),
        state[name].to_sparse(),
        state[name].t()[:, :32],
        torch.empty(64, 64, device="meta"),
    ):
        torch.save({**state, name: wrong}, path)
        with pytest.raises(SosieError):
            read_checkpoint(written)
    path.write_bytes(whole)
