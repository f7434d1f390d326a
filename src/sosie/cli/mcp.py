"""`sosie mcp`: the double as the tools of an assistant that speaks MCP, over stdio."""

from typing import Annotated

from cyclopts import Parameter

from sosie.cli.chat import EMBEDDED
from sosie.cli.console import BASE, Terminal
from sosie.core.errors import BadSettings
from sosie.engines.base import Engine


def mcp(
    *,
    double: Annotated[
        str | None, Parameter(help="Un entraînement, un dossier, un modèle (sinon : le dernier)")
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    untrained: Annotated[
        bool, Parameter(negative="", help="Sans entraînement : un modèle et vos échanges d'ici")
    ] = False,
    engine: Annotated[
        str | None,
        Parameter(help="local (transformers), mlx ou gguf (llama.cpp) ; sinon, ce qui convient"),
    ] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Serve on the standard input and output, until they are closed."""
    if terminal.as_json:
        raise BadSettings("La sortie est celle du protocole MCP, déjà en JSON.", "Relancez sans --json.")
    from sosie.server.mcp_server import Tools, make_server

    project = terminal.project

    def open_engine() -> Engine:
        named = double or (EMBEDDED if untrained else None)
        opened = project.open_engine(named, engine=engine, base=base)
        return project.untrained(opened) if untrained else opened

    tools = Tools(project, open_engine)
    try:
        make_server(tools).run("stdio")
    finally:
        tools.close()
