"""`sosie fleet prepare|train|evaluate|serve`: who is set aside has a sentence, and the others go on."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from sosie.cli.console import ELSEWHERE, Terminal
from sosie.cli.fleet_screen import dashboard, draw_fleet, draw_set_aside
from sosie.core import settings
from sosie.core.errors import BadSettings
from sosie.core.french_text import plural
from sosie.core.progress import Event
from sosie.fleet.cost import sentence

if TYPE_CHECKING:
    from sosie.fleet.run import MakePool
    from sosie.fleet.serve import OpenDouble

People = Annotated[Path, Parameter(help="Le dossier où chaque personne a le sien")]
Options = Annotated[settings.Fleet, Parameter(name="*")]
Hidden = Annotated[Terminal, Parameter(parse=False)]
OnRay = Annotated[bool, Parameter(negative="", help="Sur Ray, ici ou sur la grappe de RAY_ADDRESS")]
RayOpen = Annotated[
    bool, Parameter(negative="", help="Ray peut écouter partout, sans mot de passe : la machine est seule")
]
Estimate = Annotated[
    int | None,
    Parameter(
        help="Ne rien faire, et dire la durée et le prix pour tant de personnes, d'après celles faites"
    ),
]


def prepare_all(
    people: People,
    /,
    *,
    options: Options = settings.Fleet(),
    ray: OnRay = False,
    ray_open: RayOpen = False,
    estimate: Estimate = None,
    terminal: Hidden,
) -> None:
    """Import and prepare."""
    do_for_all("prepare", people, options, ray_of(options, ray, ray_open), estimate, terminal)


def train_all(
    people: People,
    /,
    *,
    options: Options = settings.Fleet(),
    ray: OnRay = False,
    ray_open: RayOpen = False,
    estimate: Estimate = None,
    terminal: Hidden,
) -> None:
    """An adapter each."""
    do_for_all("train", people, options, ray_of(options, ray, ray_open), estimate, terminal)


def evaluate_all(
    people: People,
    /,
    *,
    options: Options = settings.Fleet(),
    ray: OnRay = False,
    ray_open: RayOpen = False,
    estimate: Estimate = None,
    terminal: Hidden,
) -> None:
    """The scores of each."""
    do_for_all("evaluate", people, options, ray_of(options, ray, ray_open), estimate, terminal)


def ray_of(options: settings.Fleet, ray: bool, knowingly: bool) -> "MakePool | None":
    """What runs the tasks on Ray; None where processes of this machine do."""
    if not ray:
        return None
    from sosie.fleet.ray_pool import RayPool, check_network

    check_network(knowingly)
    silent = 60 * options.silent_minutes
    return lambda processes, threads, lock: RayPool(processes, silent, options.tries, threads, knowingly)


def do_for_all(
    verb: str,
    people: Path,
    options: settings.Fleet,
    make_pool: "MakePool | None",
    estimate: int | None,
    terminal: Terminal,
) -> None:
    from sosie.fleet.run import forecast_fleet, run_fleet

    if estimate is not None:
        told = forecast_fleet(people, verb, estimate, options)
        terminal.end(told.to_json(), lambda console: console.print(sentence(told), soft_wrap=True))
        return

    with dashboard(terminal) as report:
        summary = run_fleet(people, verb, options, report, terminal.agree, make_pool)
    if terminal.as_json:
        draw_set_aside(terminal.console, summary)
    terminal.end(summary.to_json(), lambda console: draw_fleet(console, summary))


def serve_all(
    people: People,
    /,
    *,
    options: Options = settings.Fleet(),
    port: Annotated[int, Parameter(help="Le port")] = 8321,
    host: Annotated[str, Parameter(help="L'adresse où écouter")] = "127.0.0.1",
    engine: Annotated[
        Literal["local", "gguf"], Parameter(help="local (transformers) ou gguf (llama.cpp)")
    ] = "local",
    vllm: Annotated[
        str | None,
        Parameter(help="Faire répondre ce serveur vLLM : unix:/dossier/vllm.sock, ou son adresse"),
    ] = None,
    elsewhere: Annotated[bool, Parameter(negative="", help=ELSEWHERE)] = False,
    terminal: Hidden,
) -> None:
    """Serve until Ctrl-C; with --json, the object is printed once the server answers."""
    from sosie.arena.web.launch import shown_host
    from sosie.core.extras import need
    from sosie.fleet.run import STATE_FOLDER
    from sosie.fleet.serve import FleetApp, open_in_llama, serve_people
    from sosie.server import run

    need("uvicorn", extra="serve")
    open_: OpenDouble | None = open_in_llama if engine == "gguf" else None
    if vllm and open_:
        raise BadSettings("vLLM répond, ou bien llama.cpp.", "Enlevez --engine, ou --vllm.")
    if vllm:
        open_ = open_in_vllm(vllm, people / STATE_FOLDER / "vllm", elsewhere, terminal)
    listening = run.listen(host, port)
    served, count = serve_people(people, options.adapters_megabytes, open_)
    server = run.server_of(FleetApp(served, host))
    summary = count.summary()
    terminal.end(summary.to_json(), lambda console: draw_set_aside(console, summary))
    tell = partial(terminal.console.print, soft_wrap=True, markup=False)
    address = f"http://{shown_host(host)}:{listening.getsockname()[1]}"
    tell(f"Vous parlez à des doubles, des IA : {plural(summary.done, 'personne')}, chacune par sa clé.")
    tell("La clé de chacun : private/serve.key, dans son dossier.")
    tell(f"La page : {address}/ ; pour les programmes : {address}/v1 (Ctrl-C pour fermer).")
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        tell("Le serveur est fermé.")
    finally:
        served.cache.close()


def open_in_vllm(address: str, folder: Path, elsewhere: bool, terminal: Terminal) -> "OpenDouble":
    """What opens doubles on that server, once it has answered."""
    from sosie.fleet.vllm import VllmDoubles
    from sosie.fleet.vllm_server import VllmServer

    server = VllmServer.at(address, folder, elsewhere)
    if server.warning:
        terminal.report(Event("warning", text=server.warning))
    return VllmDoubles(server).open
