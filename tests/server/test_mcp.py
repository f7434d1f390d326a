"""The double as an assistant's tools: both versions of the protocol, and nothing but it on the output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

mcp = pytest.importorskip("mcp", reason="mcp is not installed")

import anyio  # noqa: E402
from mcp import Client, StdioServerParameters  # noqa: E402

from sosie.api import Project  # noqa: E402
from sosie.core import jsonl  # noqa: E402
from sosie.core.dialogue import Dialogue, Origin, Turn  # noqa: E402
from sosie.engines.echo import Echo  # noqa: E402
from sosie.evaluate.personas import dialogues  # noqa: E402
from sosie.server.mcp_server import Tools, make_server  # noqa: E402

BISCOTTE = "Biscotte, et il est énorme"
VERSIONS = {"legacy": "2025-11-25", "2026-07-28": "2026-07-28"}
SOURCE = Path(__file__).parents[2] / "src"
NOISY = """
import os, sys
from sosie.cli.main import run
from sosie.engines.echo import Echo
stream = Echo.stream
def noisy(self, turns, sampling):
    print("bavardage")
    os.write(1, b"bavardage\\n")
    if turns[-1].text == "tombe":
        raise RuntimeError("secret de quelqu'un")
    return stream(self, turns, sampling)
Echo.stream = noisy
run(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an invented person's dialogues."""
    folder = tmp_path_factory.mktemp("mcp") / "moi"
    made = dialogues(5, 240)
    planted = Dialogue(
        (Turn("user", "il s'appelle comment ton axolotl ?"), Turn("assistant", BISCOTTE)),
        Origin(source="whatsapp"),
    )
    for part, chosen in (("train", [*made[:40], planted]), ("valid", made[40:60]), ("test", made[60:])):
        jsonl.write(folder / "data" / f"{part}.jsonl", chosen)
    return folder


def serving(folder, code=None):
    start = ["-c", code] if code else ["-m", "sosie"]
    words = ["mcp", "--double", "echo", "--folder", str(folder)]
    env = {"PYTHONPATH": str(SOURCE), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    env["PYTHONUNBUFFERED"] = ""  # as at a user's: a buffer would keep what is printed
    return StdioServerParameters(command=sys.executable, args=[*start, *words], env=env)


@pytest.mark.parametrize("mode", VERSIONS)
def test_a_client_of_either_version_writes_measures_finds_and_reads(folder, mode):
    async def talk():
        async with Client(serving(folder), mode=mode) as client:
            assert client.protocol_version == VERSIONS[mode]
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"ecrire_comme_moi", "mesurer_ressemblance", "retrouver_mes_mots"}
            written = await client.call_tool("ecrire_comme_moi", {"message": "tu viens ?"})
            assert written.content[0].text == "tu viens ?" and not written.is_error
            found = await client.call_tool("retrouver_mes_mots", {"mots": "le nom des AXOLOTLS", "nombre": 1})
            assert found.structured_content["result"][0]["said"] == BISCOTTE
            own = [reply for made in dialogues(5, 400, seed=3) for reply in made.replies]
            told = (await client.call_tool("mesurer_ressemblance", {"textes": own})).structured_content
            assert told["measurable"] and told["value"] > 60
            (resource,) = (await client.list_resources()).resources
            read = await client.read_resource(str(resource.uri))
            assert read.contents[0].text.startswith("Tu écris")

    anyio.run(talk)


def call_here(project, name, asked):
    """A tool's result, without a process."""

    async def call():
        async with Client(make_server(Tools(project, Echo))) as client:
            return await client.call_tool(name, asked)

    return anyio.run(call)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("ecrire_comme_moi", {}),
        ("ecrire_comme_moi", {"message": ""}),
        ("ecrire_comme_moi", {"message": "\ud83d"}),
        ("ecrire_comme_moi", {"message": "x" * 10_000_000}),
        ("ecrire_comme_moi", {"message": "salut", "temperature": 9}),
        ("ecrire_comme_moi", {"message": "salut", "combien": 0.5}),
        ("ecrire_comme_moi", {"message": "salut", "avant": [{"role": "wizard", "content": "x"}]}),
        ("mesurer_ressemblance", {"textes": []}),
        ("mesurer_ressemblance", {"textes": "salut"}),
        ("retrouver_mes_mots", {"mots": "x", "nombre": 0}),
        ("autre_outil", {}),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_tool(folder, name, asked):
    try:
        assert call_here(Project(folder), name, asked).is_error
    except mcp.MCPError as error:  # of the protocol: the newer version refuses an unknown tool so
        assert name == "autre_outil" and "autre_outil" in str(error)


def test_an_empty_folder_says_what_to_do_first(tmp_path):
    for name, asked in (
        ("retrouver_mes_mots", {"mots": "chat"}),
        ("mesurer_ressemblance", {"textes": ["a"]}),
    ):
        told = call_here(Project(tmp_path), name, asked)
        assert told.is_error and "sosie prepare" in told.content[0].text


def test_a_few_texts_are_not_measured_and_that_is_said(folder):
    told = call_here(
        Project(folder), "mesurer_ressemblance", {"textes": ["bah oui", "jsp"]}
    ).structured_content
    assert told["value"] is None and not told["measurable"] and told["reason"]


def requests(count):
    """A handshake, then as many calls: answered, refused, and one in a hundred that fails within."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    yield {"id": 0, "method": "initialize", "params": hello}
    yield {"method": "notifications/initialized"}
    for number in range(1, count + 1):
        message = "tombe" if number % 100 == 0 else f"salut {number}"
        asked = {"message": message, "temperature": 9 if number % 50 == 1 else 0.5}
        yield {
            "id": number,
            "method": "tools/call",
            "params": {"name": "ecrire_comme_moi", "arguments": asked},
        }


@pytest.mark.slow
def test_a_thousand_calls_leave_only_json_rpc_on_the_output(folder):
    lines = "".join(json.dumps({"jsonrpc": "2.0", **request}) + "\n" for request in requests(1000))
    asked = serving(folder, NOISY)
    process = subprocess.Popen(
        [asked.command, *asked.args],
        env={**os.environ, **asked.env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(lines.encode())
    process.stdin.flush()
    said = [json.loads(process.stdout.readline()) for _ in range(1001)]
    rest, errors = process.communicate()
    assert not rest and process.returncode == 0
    assert all(line["jsonrpc"] == "2.0" for line in said) and {line["id"] for line in said} == {*range(1001)}
    results = {line["id"]: line["result"] for line in said if line["id"]}
    assert sum(result["isError"] for result in results.values()) == 30
    assert results[100]["content"][0]["text"].endswith(
        ": Une erreur que sosie n'avait pas prévue (RuntimeError)."
    )
    assert results[2]["content"][0]["text"] == "salut 2"
    assert b"bavardage" in errors and b"secret" not in errors and b"salut" not in errors
