"""The user's own copy of nanochat's page, served as it is: `sosie serve --nanochat-ui FILE`.

Nothing of nanochat is here: the file comes from a checkout of its commit 21a7774, the last one that has it.
Whatever else the file is, it can load nothing from elsewhere and send nothing elsewhere.
"""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from sosie.core.errors import BadSettings
from sosie.server.doubles import Doubles
from sosie.server.exchange import Reply, Request

BLOB = "b85532a335cd74410d4b98ef76e1d46ca18985ad"  # of nanochat/ui.html in 21a7774, as git names it
IN_CHECKOUT, LOGO = Path("nanochat") / "ui.html", "logo.svg"
MOST_BYTES = 1 << 20
GIVE_COPY = (
    "Donnez votre copie : git show 21a7774:nanochat/ui.html > ui.html, dans un clone de karpathy/nanochat."
)
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class NanochatUi:
    """`known`: the file is that of 21a7774."""

    page: bytes
    logo: bytes
    known: bool

    async def show(self, request: Request, doubles: Doubles) -> Reply:
        return Reply(self.page, kind="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})

    async def show_logo(self, request: Request, doubles: Doubles) -> Reply:
        return Reply(self.logo, kind="image/svg+xml", headers={"Content-Security-Policy": "sandbox"})


def read_ui(path: Path, keyed: bool) -> NanochatUi:
    """The page of a file or checkout, and the logo beside it. BadSettings where it cannot be served."""
    if keyed:
        raise BadSettings(
            "La page de nanochat ne sait pas donner de clé.",
            "Servez-la sur cette machine, sans clé ; ailleurs, la page de sosie demande la clé.",
        )
    file = path / IN_CHECKOUT if path.is_dir() else path
    page = small_file(file)
    if not page:
        raise BadSettings(f"« {file.name} » n'est pas une page que sosie puisse servir.", GIVE_COPY)
    blob = sha1(b"blob %d\0" % len(page) + page, usedforsecurity=False).hexdigest()
    return NanochatUi(page, small_file(file.with_name(LOGO)), blob == BLOB)


def small_file(path: Path) -> bytes:
    """Empty where there is no such file, or one that no page is."""
    try:
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
    except OSError:
        pass
    return b""
