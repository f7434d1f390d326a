"""`sosie serve`: doubles for programs that speak OpenAI's protocol, and a light page."""

import os
import secrets
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sosie.cli import passphrase
from sosie.cli.console import CIRCLE, ELSEWHERE, MODEL, Terminal
from sosie.core.errors import BadSettings


def serve(
    *,
    double: Annotated[
        tuple[str, ...],
        Parameter(
            name=MODEL,
            negative="",
            help="Qui répond (aussi une adresse URL#modèle) ; plusieurs fois si besoin (sinon : le dernier)",
        ),
    ] = (),
    circle: Annotated[str | None, Parameter(help=CIRCLE)] = None,
    port: Annotated[int, Parameter(help="Le port")] = 8321,
    host: Annotated[str, Parameter(help="L'adresse ; hors de cette machine, avec une clé")] = "127.0.0.1",
    key_file: Annotated[
        Path | None,
        Parameter(
            help="Fichier de la clé (sinon : SOSIE_SERVE_KEY) ; s'il n'existe pas, sosie y écrit une clé"
        ),
    ] = None,
    engine: Annotated[
        str | None,
        Parameter(help="local (transformers), mlx ou gguf (llama.cpp) ; sinon, ce qui convient"),
    ] = None,
    nanochat_ui: Annotated[
        Path | None,
        Parameter(
            help="Votre copie de la page de nanochat (ui.html, ou un clone), au lieu de celle de sosie"
        ),
    ] = None,
    elsewhere: Annotated[bool, Parameter(negative="", help=ELSEWHERE)] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Serve until Ctrl-C."""
    if terminal.as_json:
        raise BadSettings("Le serveur n'a rien à dire en JSON.", "Relancez sans --json.")
    from sosie.arena.web.launch import shown_host
    from sosie.server import run
    from sosie.server.access import KEY_VARIABLE
    from sosie.server.doubles import Doubles
    from sosie.server.nanochat_ui import read_ui

    ui = read_ui(nanochat_ui, bool(key_file or os.environ.get(KEY_VARIABLE))) if nanochat_ui else None
    drawn = key_file is not None and draw_key(key_file)
    key = passphrase.given(key_file, KEY_VARIABLE)
    run.check(host, key)
    listening = run.listen(host, port)
    doubles = Doubles(
        [
            terminal.open_engine(name, engine=engine, elsewhere=elsewhere, circle=circle)
            for name in double or (None,)
        ]
    )
    server = run.make_server(doubles, host, key, ui)
    tell = partial(terminal.console.print, soft_wrap=True, markup=False)
    terminal.quiet()
    address = f"http://{shown_host(host)}:{listening.getsockname()[1]}"
    if drawn:
        tell(f"Une clé tirée au sort est écrite dans {key_file}.")
    if ui and not ui.known:
        tell(f"« {nanochat_ui} » n'est pas la page de nanochat au commit 21a7774 : servie telle quelle.")
    for served in doubles.all:
        tell(f"{served.notice} (model : {served.name})")
    tell(f"La page : {address}/ ; pour les programmes : {address}/v1 (Ctrl-C pour fermer).")
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        tell("Le serveur est fermé.")


def draw_key(file: Path) -> bool:
    """Write a key drawn by lot, for its owner alone; False where there is such a file already."""
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with open(made, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(24) + "\n")
    return True
