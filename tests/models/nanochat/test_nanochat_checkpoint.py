"""Checkpoints on the disk: every era recognised, everything else refused in a sentence, nothing run."""

import json
import shutil

import pytest
import torch
from tiny_nanochat import formula_state, tiny_checkpoint, tiny_config, tiny_vocabulary, write_tiny

from sosie.core.errors import BadData, BadFolder, BadSettings, SosieError, UnknownModel
from sosie.models.nanochat.checkpoint import (
    NOTE,
    as_model,
    build,
    find_checkpoint,
    likeliest,
    read_checkpoint,
)
from sosie.models.nanochat.era import ERAS, NanochatConfig, eras_of, tensor_shapes
from sosie.models.nanochat.vocabulary import pickled
from sosie.models.nanochat.writer import write_checkpoint


@pytest.fixture
def written(tmp_path):
    return write_tiny(tmp_path / "base")


def meta_of(folder):
    return json.loads((folder / "meta_000001.json").read_text())


def refused(folder, match, kind=SosieError):
    with pytest.raises(kind, match=match) as error:
        read_checkpoint(folder)
    assert error.value.mend and "\n" not in error.value.message
    return error.value


def test_what_is_written_is_read_again(written):
    found, made = read_checkpoint(written), tiny_checkpoint()
    assert (found.config, found.era, found.vocabulary, found.step) == (
        made.config,
        ERAS["E"],
        made.vocabulary,
        1,
    )
    assert all(torch.equal(found.state[name], tensor) for name, tensor in made.state.items())
    assert torch.equal(
        build(found).forward(torch.tensor([[1, 2]])), build(made).forward(torch.tensor([[1, 2]]))
    )


def test_a_base_folder_means_its_most_taught_and_deepest_model(tmp_path):
    base = tmp_path / "base"
    for source, tag in (("base", "d30"), ("sft", "d9"), ("sft", "d12"), ("sft", "copie")):
        write_tiny(base, source=source, tag=tag)
    write_tiny(base, tag="d12", step=20)
    assert find_checkpoint(base) == find_checkpoint(base / "chatsft_checkpoints")
    assert find_checkpoint(base) == base / "chatsft_checkpoints" / "d12"
    assert read_checkpoint(base).step == 20 and read_checkpoint(base / "chatsft_checkpoints/d12", 1).step == 1
    assert find_checkpoint(tmp_path / "absent") is None


def test_all_files_side_by_side_are_a_checkpoint_too(written, tmp_path):
    flat = shutil.copytree(written, tmp_path / "flat")
    shutil.copy(written.parent.parent / "tokenizer" / "tokenizer.pkl", flat)
    assert read_checkpoint(flat).config == tiny_config()


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("era", ERAS)
def test_the_tensors_tell_the_era(era, padded):
    config = tiny_config()
    found = eras_of(tensor_shapes(config, ERAS[era], None if padded else 333), config)
    assert ERAS[era] in found and {each.name for each in found} <= {"C", "C'"} | {era}


def test_a_model_narrower_than_its_gates_is_of_no_era():
    config = NanochatConfig(200, 333, 2, 2, 2, 16)
    with pytest.raises(SosieError):
        eras_of(tensor_shapes(config), config)


def test_c_or_the_other_c_is_what_makes_a_plain_text_likelier():
    vocabulary = tiny_vocabulary()
    config, both = tiny_config(), (ERAS["C"], ERAS["C'"])
    ids = [vocabulary.ranks[bytes([byte])] for byte in b"le chat dort"]
    for era in both:
        state = {name: tensor * 0.1 for name, tensor in formula_state(config, era).items()}
        state["lm_head.weight"] = state["transformer.wte.weight"] * -50
        chosen = likeliest(both, config, state, vocabulary)
        losses = {
            each.name: float(
                torch.nn.functional.cross_entropy(
                    as_model(config, each, state).forward(torch.tensor([ids[:-1]]))[0], torch.tensor(ids[1:])
                )
            )
            for each in both
        }
        assert chosen.name == min(losses, key=losses.__getitem__)


def test_the_note_beside_the_weights_decides_between_both_cs(written):
    config = tiny_config()
    state = formula_state(config, ERAS["C"])
    torch.save(state, written / "model_000001.pt")
    for era in ("C", "C'"):
        (written / NOTE).write_text(json.dumps({"era": era}))
        assert read_checkpoint(written).era.name == era
    (written / NOTE).write_text(json.dumps({"era": "A"}))  # says the impossible: not obeyed
    assert read_checkpoint(written).era.name in ("C", "C'")


def test_weights_in_half_precision_and_with_the_compilers_prefix_are_read(written):
    state = {f"_orig_mod.{name}": tensor.bfloat16() for name, tensor in tiny_checkpoint().state.items()}
    torch.save(state, written / "model_000001.pt")
    model = build(read_checkpoint(written))
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}
    assert model.forward(torch.tensor([[1, 2, 3]])).dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("engram.table.weight", (4, 4)),
        ("transformer.h.0.mlp.experts.0.c_fc.weight", (4, 4)),
        ("transformer.h.1.value_embed_A", (4, 4)),
    ],
)
def test_an_architecture_that_is_not_known_is_an_error(written, name, shape):
    torch.save({**tiny_checkpoint().state, name: torch.zeros(shape)}, written / "model_000001.pt")
    refused(written, "des poids qu'aucune version connue n'a", UnknownModel)


def test_a_setting_that_is_not_known_is_an_error(written):
    meta = meta_of(written)
    meta["model_config"]["n_experts"] = 8
    (written / "meta_000001.json").write_text(json.dumps(meta))
    refused(written, "des réglages qu'aucune version connue n'a", UnknownModel)


@pytest.mark.parametrize(
    "values",
    [
        {"n_layer": 0},
        {"n_layer": 10**6},
        {"n_layer": True},
        {"n_head": 3},
        {"n_kv_head": 3},
        {"n_embd": "64"},
        {"sequence_len": 1e3},
        {"vocab_size": 10**9},
        {"window_pattern": "SX"},
        {"window_pattern": 5},
    ],
)
def test_an_impossible_configuration_is_refused(values):
    told = {
        name: getattr(tiny_config(), name) for name in ("sequence_len", "vocab_size", "n_layer", "n_head")
    }
    with pytest.raises(BadData, match="ne dit pas comment il est fait"):
        NanochatConfig.read({**told, "n_kv_head": 2, "n_embd": 64, **values})
    with pytest.raises(BadData):
        NanochatConfig.read([])


def test_what_is_missing_is_named(written):
    refused(written.parent.parent / "tokenizer", "model_")
    (written / "meta_000001.json").unlink()
    refused(written, "Il manque « meta_000001.json »", BadData)
    shutil.rmtree(written.parent.parent / "tokenizer")
    (written / "meta_000001.json").write_text(
        json.dumps({"model_config": {**vars_of(tiny_config()), "window_pattern": "SL"}})
    )
    refused(written, "pas de tokenizer", BadData)


def vars_of(config):
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_the_tokenizer_of_another_model_is_seen(written):
    other = tiny_vocabulary(300)
    (written.parent.parent / "tokenizer" / "tokenizer.pkl").write_bytes(pickled(other))
    refused(written, "300 signes et le modèle en attend 333", BadData)


def test_weights_of_another_configuration_are_seen(written):
    meta = meta_of(written)
    meta["model_config"]["n_embd"] = 128
    (written / "meta_000001.json").write_text(json.dumps(meta))
    refused(written, "ne sont pas ceux que son fichier « meta » décrit", BadData)


def test_damaged_weights_are_a_sentence(written):
    path = written / "model_000001.pt"
    whole = path.read_bytes()
    for content in (whole[:-200], whole[: len(whole) // 2], b"", b"PK\3\4", b"\x80\x04."):
        path.write_bytes(content)
        refused(written, "n'est pas un fichier de poids de nanochat", BadData)
    torch.save([1, 2], path)
    refused(written, "n'est pas un fichier de poids", BadData)


def test_weights_that_would_run_code_are_not_opened(written, tmp_path):
    class Bomb:
        def __reduce__(self):
            return exec, (f"open({str(tmp_path / 'run')!r}, 'w')",)

    torch.save({"transformer.wte.weight": Bomb()}, written / "model_000001.pt")
    refused(written, "n'est pas un fichier de poids", BadData)
    torch.save(
        {"transformer.wte.weight": Bomb()}, written / "model_000001.pt", _use_new_zipfile_serialization=False
    )
    refused(written, "n'est pas un fichier de poids", BadData)
    assert not (tmp_path / "run").exists()


def test_one_number_shown_as_a_billion_is_not_believed(written):
    torch.save({"lm_head.weight": torch.zeros(1).expand(1 << 40)}, written / "model_000001.pt")
    refused(written, "n'est pas un fichier de poids", BadData)


def test_only_the_newest_era_is_written(tmp_path):
    made = tiny_checkpoint("D")
    with pytest.raises(BadSettings, match="époque E"):
        write_checkpoint(tmp_path / "base", made.config, made.state, made.vocabulary)


def test_a_base_folder_has_one_tokenizer(written):
    base, other = written.parent.parent, tiny_vocabulary(300)
    config = tiny_config(300)
    with pytest.raises(BadFolder, match="tokenizer d'un autre modèle"):
        write_checkpoint(base, config, formula_state(config, ERAS["E"]), other, tag="d4")
    assert not (base / "chatsft_checkpoints" / "d4").exists()
    assert read_checkpoint(written).config == tiny_config()


def test_the_persons_own_nanochat_is_not_written_to_unsaid(tmp_path, monkeypatch):
    monkeypatch.setenv("NANOCHAT_BASE_DIR", str(tmp_path / "mine"))
    with pytest.raises(BadFolder, match="ses propres modèles"):
        write_tiny(tmp_path / "mine" / ".." / "mine")
    assert not (tmp_path / "mine").exists()
    assert write_tiny(tmp_path / "mine", into_own_cache=True).is_dir()


def test_a_part_of_a_larger_tensor_is_written_alone(tmp_path):
    made = tiny_checkpoint()
    large = torch.zeros(4_000_000)
    state = dict(made.state)
    name = "transformer.h.0.attn.c_q.weight"
    state[name] = large[: 64 * 64].reshape(64, 64).requires_grad_()
    folder = write_checkpoint(tmp_path, made.config, state, made.vocabulary)
    assert (folder / "model_000001.pt").stat().st_size < 2_000_000
    assert (folder / "model_000001.pt").stat().st_mode & 0o777 == 0o600
