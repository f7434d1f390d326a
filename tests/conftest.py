"""Tests run on a small truth: no network, one thread, a fixed seed, and no skip that is not listed."""

import gc
import importlib.util
import os
import socket
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    GRADIO_ANALYTICS_ENABLED="False",
    TOKENIZERS_PARALLELISM="false",
    OMP_NUM_THREADS="1",
    OMP_WAIT_POLICY="PASSIVE",
)

settings.register_profile("sosie", derandomize=True, deadline=None, database=None)
settings.load_profile("sosie")

# What is imported and collected stays: the garbage collector would look through it again and again, a fifth
# of the collection's time, and in each fork copy it.
gc.disable()


def pytest_collection_finish(session):
    gc.freeze()
    gc.enable()


# Reasons for which a test may be skipped even where CI runs.
LISTED_SKIPS = (
    "../shared is not here",
    "needs a GPU",
    "the bare install has no mypy",
    "the bare install has no torch",
    "the bare install has no cryptography",
    "the bare install has no pyarrow",
    "node is not here",
    "nanochat's checkouts are not here",
    "mcp is not installed",
    "segno is not installed",
    "mlx is not installed",
    "PyAV is not here",
    "no weights of Whisper are here",
    "chromium is not here",
    "ray is not installed",
    "no network namespace can be made here",
)
NEEDS_TORCH = (
    "arena/test_web.py",  # needs httpx, which is installed with the others
    "cli/test_long_paste.py",
    "cli/test_training_cases.py",
    "demo/test_demo_model.py",  # needs huggingface_hub, which is installed with it
    "engines",
    "enrich/transcribe/test_whisper_weights.py",  # needs huggingface_hub, which is installed with it
    "models",
    "nanochat",
    "server",
    "studio",
    "train",
    "evaluate/measures/test_memorisation_on_mini.py",
    "export/test_notebook_runs.py",
    "export/test_certificate.py",
    "export/test_cluster.py",  # needs yaml, which is installed with it
    "export/test_gguf_export.py",
    "export/test_hub_export.py",
    "export/test_merged.py",
    "export/test_nothing_private_leaves.py",
    "export/test_ollama.py",
    "export/test_space.py",
    "export/test_trainers.py",
    "export/test_vllm.py",
    "fleet/test_fleet_serve.py",
    "fleet/test_fleet_training.py",
    "fleet/test_fleet_vllm.py",
    "forget/test_after_training.py",
    "export/test_encryption.py",  # needs cryptography, which is installed with it
    *(  # need scikit-learn, which is installed with it
        "cli/test_evaluate_verb.py",
        "evaluate/measures/test_differences_and_detectability.py",
        "evaluate/measures/test_likeness_acceptance.py",
        "evaluate/measures/test_referee.py",
        "evaluate/test_adversary.py",
        "evaluate/test_verdict.py",
        "evaluate/report",
        "evaluate/test_measure_versions.py",
        "evaluate/test_suite.py",
        "style/test_distance.py",
    ),
    "tools/test_kill_verbs.py",
    "tools/test_mini.py",
    "tools/test_unlearnt.py",
    "tools/test_warm_start.py",  # needs tokenizers, which is installed with it
    "test_files.py",
    "test_journey.py",
)
HAS_TORCH = importlib.util.find_spec("torch") is not None

if not HAS_TORCH:  # the bare install: everything that needs no torch is tested without it
    collect_ignore = list(NEEDS_TORCH)
else:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing but this machine can be reached, whatever a library tries."""
    connect = socket.socket.connect

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"a connection to {address[0]} was tried")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if not any(listed in reason for listed in LISTED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"skipped for a reason that conftest.py does not list: {reason}"


@pytest.fixture
def shared() -> Path:
    """The folder of samples beside the project; the test skips where it is absent."""
    folder = Path(__file__).parent.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is not here")
    return folder
