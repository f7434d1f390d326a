"""One commit to a private repository of the hub, and a sentence for each way in which that can fail.

 push(files, "sosie-lea", token, report)  ->  ("https://huggingface.co/lea/sosie-lea", True)

whoami -> the repository, made private or found private -> one commit -> read back. The library's other road
for large files (Xet) is closed: a hub without it is asked for ever. So are its retries: one refusal ends it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import Any

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER
from sosie.core.errors import SosieError
from sosie.core.extras import need
from sosie.core.progress import Event, Report
from sosie.models.double_zip import CERTIFICATE, KNOWN_FILES

SILENCE = 60  # seconds without a byte
LOGIN = "Faites un jeton qui peut écrire sur huggingface.co/settings/tokens, puis : hf auth login"
NOTHING_SENT = "Rien n'a été envoyé."
AGAIN = "Recommencez plus tard : la même commande reprend tout."
WRITTEN = (*KNOWN_FILES, CERTIFICATE)  # the files of an earlier push, which this one may take away


class HubRefused(SosieError):
    """The hub, or the road to it, said no."""


class Refusal(Exception):
    """A status of the hub, or 0 for a connection that was cut; raised below the library's own retries."""

    def __init__(self, status: int, wait: str = "") -> None:
        super().__init__(status)
        self.status, self.wait = status, wait


def token_here() -> str:
    """The token that `hf auth login` or HF_TOKEN left on this machine; read, never sent yet."""
    token = need("huggingface_hub", extra="train").get_token()
    if not token or not token.isascii():
        raise HubRefused("Il n'y a pas de jeton du hub sur cette machine, ou il est abîmé.", LOGIN)
    return str(token)


def push(files: Sequence[Path], repository: str, token: str, report: Report) -> tuple[str, bool]:
    """The address of the repository, and whether anything changed in it. HubRefused says how far it came."""
    with one_try() as hub:
        api = hub.HfApi(token=token)
        with failure_told(NOTHING_SENT):
            account = own_account(api)
        name = f"{account}/{repository}"
        before, made = private_repository(api, name)
        state = "vient d'être fait, privé, et il est vide" if made else "est resté tel quel"
        with failure_told(f"Le dépôt « {name} » {state}."):
            report(Event("step", text="J'envoie"))
            commit(api, name, files, before)
        after = sent(api, name, files)
        return f"{api.endpoint}/{name}", after != before


@contextmanager
def one_try() -> Iterator[Any]:
    """The hub's library, silent, and with a client that asks once and never waits for long."""
    hub, httpx = need("huggingface_hub", extra="train"), need("httpx2", extra="train")
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    class OneTry(httpx.Client):  # type: ignore[misc,name-defined]
        def send(self, request: Any, **options: Any) -> Any:
            try:
                response = super().send(request, **options)
            except httpx.TransportError as error:
                raise Refusal(0) from error
            if response.status_code in (408, 429) or response.status_code >= 500:
                raise Refusal(response.status_code, response.headers.get("Retry-After", ""))
            return response

    def client() -> Any:
        hooks = {"request": [_http.hf_request_event_hook]}
        return OneTry(event_hooks=hooks, timeout=SILENCE, follow_redirects=True)

    xet, level = constants.HF_HUB_DISABLE_XET, hub.logging.get_verbosity()
    constants.HF_HUB_DISABLE_XET = True
    hub.logging.set_verbosity(CRITICAL)
    hub.utils.disable_progress_bars()
    hub.set_client_factory(client)
    try:
        yield hub
    finally:
        constants.HF_HUB_DISABLE_XET = xet
        hub.logging.set_verbosity(level)
        hub.utils.enable_progress_bars()
        hub.set_client_factory(_http.default_client_factory)


def own_account(api: Any) -> str:
    """The name behind the token. HubRefused for a token that may only read."""
    who = api.whoami()
    if who.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise HubRefused(f"Votre jeton ne permet que de lire. {NOTHING_SENT}", LOGIN)
    return str(who["name"])


def private_repository(api: Any, name: str) -> tuple[str | None, bool]:
    """The commit that the repository is at, and whether it is new. HubRefused for one that others see."""
    from huggingface_hub.errors import RepositoryNotFoundError

    made = False
    with failure_told(NOTHING_SENT):
        try:
            found = api.repo_info(name)
        except RepositoryNotFoundError:
            api.create_repo(name, visibility="private")
            made = True
    if made:
        with failure_told(f"Le dépôt « {name} » a été demandé, privé ; aucun fichier n'a été envoyé."):
            found = api.repo_info(name)
    if found.private is not True:
        raise HubRefused(
            f"Le dépôt « {name} » est public : aucun fichier n'a été envoyé.",
            "Rendez-le privé sur le hub, ou choisissez un autre nom : --name",
        )
    return found.sha, made


def commit(api: Any, name: str, files: Sequence[Path], before: str | None) -> None:
    """All files at once; those of an earlier push that are no more leave in the same commit."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, constants

    names = {path.name for path in files}
    gone = [each for each in api.list_repo_files(name) if each in WRITTEN and each not in names]
    api.create_commit(
        name,
        [
            *(CommitOperationAdd(path.name, str(path)) for path in files),
            *(CommitOperationDelete(each) for each in gone),
        ],
        commit_message="Un double, par sosie",
        parent_commit=before if before and constants.REGEX_COMMIT_OID.fullmatch(before) else None,
    )


def sent(api: Any, name: str, files: Sequence[Path]) -> str | None:
    """The commit that the repository is at now. HubRefused where the adapter there is not the one sent."""
    with failure_told(f"L'envoi est fait dans « {name} », mais n'a pas pu être relu."):
        found = api.repo_info(name, files_metadata=True)
    own = next(path for path in files if path.name == ADAPTER)
    there = next((each for each in found.siblings if each.rfilename == ADAPTER), None)
    stored = there.lfs.sha256 if there and there.lfs else None
    if there is None or (stored and stored != sha256_of(own)) or there.size not in (None, own.stat().st_size):
        raise HubRefused(f"L'adaptateur du dépôt « {name} » n'est pas celui envoyé.", AGAIN)
    return str(found.sha)


@contextmanager
def failure_told(so_far: str) -> Iterator[None]:
    """Raise HubRefused with what happened and how far it came, for whatever the library raises."""
    try:
        yield
    except SosieError:
        raise
    except Exception as error:  # the families of several libraries; a thread's own error is behind another
        why, mend = reason(error)
        raise HubRefused(f"{why} {so_far}", mend) from error


def reason(error: BaseException | None) -> tuple[str, str]:
    """What went wrong, and what to do."""
    while error is not None:
        if isinstance(error, Refusal):
            return of_status(error.status, error.wait)
        if status := getattr(getattr(error, "response", None), "status_code", None):
            return of_status(status)
        if type(error).__name__ == "OfflineModeIsEnabled":
            return "HF_HUB_OFFLINE interdit d'aller sur le hub.", "Retirez cette variable, et recommencez."
        error = error.__cause__ or error.__context__
    return "Le hub a répondu autre chose que ce qui était attendu.", AGAIN


def of_status(status: int, wait: str = "") -> tuple[str, str]:
    if status == 429:
        when = f" {int(wait)} secondes" if wait.isdecimal() and len(wait) < 7 else ""
        return (
            f"Le hub demande d'attendre{when}.",
            "Attendez, puis recommencez : la même commande reprend tout.",
        )
    return {
        0: ("La connexion au hub a été coupée.", "Vérifiez le réseau, puis recommencez."),
        401: ("Le hub refuse votre jeton.", LOGIN),
        403: ("Votre jeton ne permet pas cela.", LOGIN),
        404: ("Le hub ne trouve pas ce dépôt.", LOGIN),
        409: ("Le dépôt a changé pendant l'envoi.", "Recommencez."),
        412: ("Le dépôt a changé pendant l'envoi.", "Recommencez."),
        413: (
            "Le hub trouve cet envoi trop gros.",
            "Apprenez avec un rang plus petit : sosie train --rank 8",
        ),
    }.get(status, (f"Le hub ne va pas bien (erreur {status}).", AGAIN))
