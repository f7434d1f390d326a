"""Private strings, planted wherever one could hide, are in no export of any kind."""

import json
import shutil
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
from test_certificate import SCORES

from sosie.api import Project
from sosie.core.double import Double
from sosie.export.base import BUILT_IN
from sosie.models.catalogue import MINI

PRIVATE = (
    "Zébulon",
    "06 39 98 77 31",
    "zebulon@exemple.fr",
    "/home/zebulon/secrets",
    "compte-zebulon",
    "[AMI_77]",
)
ALL = " ".join(PRIVATE)


def planted_in(path, **more):
    """The object of a JSON file, with every private string under keys that tools use and keys of nobody."""
    told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    told |= {"name_or_path": PRIVATE[3], "_name_or_path": PRIVATE[3], "note": ALL, PRIVATE[4]: 1, **more}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def planted(work, whole, tmp_path):
    """A double on a base that is a folder of this machine, and both full of private strings."""
    base = tmp_path / "compte-zebulon" / "base"
    shutil.copytree(MINI, base)
    planted_in(base / "config.json")
    planted_in(base / "generation_config.json")
    planted_in(base / "tokenizer_config.json")
    own = whole.folder
    content = (own / "adapter_model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = {"__metadata__": {"format": "pt", "note": ALL}, **json.loads(content[8 : 8 + length])}
    header = json.dumps(header, ensure_ascii=False).encode()
    adapter = len(header).to_bytes(8, "little") + header + content[8 + length :]
    (own / "adapter_model.safetensors").write_bytes(adapter)
    told = replace(whole, base=str(base), adapter_sha256=sha256(adapter).hexdigest())
    told = replace(
        told,
        data={"replies": 12, "note": ALL, PRIVATE[4]: 3},
        versions={"sosie": ALL, PRIVATE[4]: "1"},
        created=ALL,
    )
    told.write(own)
    planted_in(own / "double.json")
    planted_in(own / "adapter_config.json", base_model_name_or_path=str(base))
    for name in ("tokenizer_config.json", "special_tokens_map.json", "generation_config.json"):
        planted_in(own / name)
    for name in ("optimizer.pt", "README.md", "trainer_state.json", "notebook.ipynb"):
        (own / name).write_text(ALL, encoding="utf-8")
    run = own.parent
    for name in (
        "events.jsonl",
        "plan.json",
        "samples.jsonl",
        "report.html",
        "evaluate/answers-double.jsonl",
    ):
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).write_text(ALL, encoding="utf-8")
    scores = {**SCORES, "verdict": [ALL], "warnings": [ALL], "hashes": {ALL: ALL}, "made": {"at": ALL}}
    scores["memorisation"] = {**SCORES["memorisation"], "gate": ALL, "reason": ALL}
    (run / "evaluate" / "scores.json").write_text(json.dumps(scores, ensure_ascii=False), encoding="utf-8")
    for path in (work.private / "pseudonyms.json", work.private / "strings.jsonl", work.exports / "chat.txt"):
        path.write_text(ALL, encoding="utf-8")
    (work.private / "secret").write_text("5ec12e7" * 9, encoding="ascii")
    toml = work.folder / "sosie.toml"
    toml.write_text(toml.read_text("utf-8").replace("motplanté", "Zébulon"), encoding="utf-8")
    return work


def contents(path):
    """A file's bytes, and those of a zip's members, wheels left out: they are sosie itself."""
    yield path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as zipped:
            yield from (zipped.read(name) for name in zipped.namelist() if not name.endswith(".whl"))


@pytest.mark.parametrize("kind", BUILT_IN)
def test_no_private_string_is_in_any_file_of_an_export(kind, planted):
    if kind in ("gguf", "ollama"):
        pytest.importorskip("gguf")
    if kind == "nanochat":
        pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    if kind == "bundle":  # whoever loads the tokenizer refuses this
        planted_in(planted.run("léa") / "double" / "tokenizer.json")
    if kind in ("hub", "space"):  # a base of this machine is refused there
        own = planted.run("léa") / "double"
        replace(Double.read(own), base="mini").write(own)
        planted_in(own / "double.json")
    out = planted.folder.parent / "ailleurs"
    wished = {"dry_run": True, "knowingly": True} if kind in ("hub", "space") else {}
    if kind in ("axolotl", "llamafactory", "unsloth"):  # they look for the base on the hub
        wished = {"model": "luth-0.6b"}
    files = Project(planted.folder).export(kind, to=out, agree=lambda question: True, **wished).files
    assert files and all(path.is_file() for path in files)
    hidden = (*PRIVATE, "5ec12e7" * 9, str(planted.folder), str(MINI.parent))
    for path in (path for path in out.rglob("*") if path.is_file()):
        for content in contents(path):
            for text in hidden:
                forms = {text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")}
                assert not [form for form in forms if form in content], f"{text} in {path.name}"
