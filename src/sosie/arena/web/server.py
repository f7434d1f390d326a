"""The game's server: a page, three questions that its script asks, and a picture.

GET  /             the page, or the door where a key is asked (/?key=... opens it, then forgets the address)
POST /key          the key, typed
POST /api/next     {rater}                 -> the next duel: context, left, right; or the end of a round
POST /api/vote     {rater, duel, choice, acquainted}  -> the same, after a vote: left, right, known
POST /api/round    {rater}                 -> the rater's last round with the truth, and everybody's tally
GET  /image.svg    the tally as a picture, without private text

Nothing is logged, nothing is kept by browsers, and nothing outside this server can be loaded.
"""

import io
import json
import re
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sosie.arena.web.access import Door, cookie_name, read_cookie
from sosie.arena.web.deadline import Deadline
from sosie.arena.web.session import Refused, Table, Taken
from sosie.arena.web.share_picture import picture
from sosie.core.errors import SosieError
from sosie.core.loopback import HEADERS, TurnedAway, check_sender, read_headers

_HERE = Path(__file__).parent
FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
LONGEST_BODY = 4096  # bytes
# Of a body too long, what is read for nothing after the answer: bytes in all and at once, seconds of silence.
LONGEST_REST, CHUNK, PATIENCE = 1 << 22, 1 << 16, 2.0
WHOLE_REQUEST = 30.0  # seconds, from the answer before it to its last byte
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAID = {**HEADERS, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}


class GameServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], table: Table, door: Door) -> None:
        self.table, self.door = table, door
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Visit)

    def server_bind(self) -> None:
        # HTTPServer would look its own name up, which may ask the network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.door.host, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who left is no news; anything else is told by its kind, without what it was about."""
        kind = sys.exc_info()[0]
        if kind and not issubclass(kind, ConnectionError | TimeoutError):
            print(f"Une demande a échoué ({kind.__name__}).", file=sys.stderr)


class Visit(BaseHTTPRequestHandler):
    """One request."""

    server: GameServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sosie", ""
    disable_nagle_algorithm = True  # or each answer waits for the last one to be acknowledged

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._deadline = Deadline(self.connection)
        self.rfile = io.BufferedReader(self._deadline)

    def handle_one_request(self) -> None:
        self._deadline.give(WHOLE_REQUEST)
        super().handle_one_request()

    def do_GET(self) -> None:
        if self._refused():
            return
        path, _, query = self.path.partition("?")
        if path in FILES:
            self._send(FILES[path], (_HERE / path[1:]).read_bytes())
        elif path == "/":
            self._page(parse_qs(query).get("key", [""])[0])
        elif path == "/image.svg" and self._visitor():
            self._send("image/svg+xml", picture(self.server.table.tally()).encode())
        else:
            self._say(HTTPStatus.NOT_FOUND, "Il n'y a rien ici.")

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "C'est trop long.")
            self._linger()
        elif self._refused():
            return
        elif self.path == "/key":
            self._try(parse_qs(body.decode("utf-8", "replace")).get("key", [""])[0])
        elif self.path.startswith("/api/"):
            self._answer(self.path.removeprefix("/api/"), body)
        else:
            self._say(HTTPStatus.NOT_FOUND, "Il n'y a rien ici.")

    def _refused(self) -> bool:
        path, headers = self.path.partition("?")[0], read_headers(self.headers.items())
        try:
            check_sender(self.command, path, headers, self.server.door.knows)
        except TurnedAway as refused:
            self._say(refused.status, refused.sentence)
            return True
        return False

    def _page(self, key: str) -> None:
        """The game for whoever has a pass; a pass too where none is asked; the key's form for the others."""
        visitor, door = self._visitor(), self.server.door
        if key:
            self._try(key)
        elif visitor:
            self._show(visitor)
        elif door.free:
            new = door.new_pass()
            self._show(door.holder(new), {"Set-Cookie": self._crumb(new)})
        else:
            self._ask_key("")

    def _show(self, visitor: str, more: dict[str, str] | None = None) -> None:
        page = (_HERE / "page.html").read_text(encoding="utf-8")
        token = self.server.door.token(visitor)
        self._send("text/html", page.replace("{token}", token).encode(), more=more)

    def _try(self, key: str) -> None:
        try:
            right = self.server.door.opens(key, self.client_address[0])
        except TurnedAway as refused:
            self._ask_key(refused.sentence, refused.status)
            return
        if right:
            self._let_in()
        else:
            self._ask_key("Ce n'est pas la bonne clé.", HTTPStatus.FORBIDDEN)

    def _let_in(self) -> None:
        """A pass, and the page's own address, in which no key is left."""
        more = {"Location": "/", "Set-Cookie": self._crumb(self.server.door.new_pass())}
        self._send("text/plain", b"", HTTPStatus.SEE_OTHER, more)

    def _crumb(self, new: str) -> str:
        return f"{cookie_name(self.server.server_port)}={new}; Path=/; HttpOnly; SameSite=Lax"

    def _ask_key(self, complaint: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        page = (_HERE / "key.html").read_text(encoding="utf-8")
        self._send("text/html", page.replace("{complaint}", complaint).encode(), status)

    def _answer(self, verb: str, body: bytes) -> None:
        visitor = self._visitor()
        if not visitor or not self.server.door.is_token(self.headers.get("X-Sosie", ""), visitor):
            self._say(HTTPStatus.FORBIDDEN, "La page n'est plus à jour : rechargez-la.")
            return
        try:
            said = self.server.table.answer(verb, json.loads(body), visitor)
        except Taken:
            self._say(HTTPStatus.CONFLICT, "Ce pseudo est déjà pris : choisissez-en un autre.")
        except (Refused, ValueError, RecursionError):
            self._say(HTTPStatus.BAD_REQUEST, "Cette demande n'a pas de sens ici.")
        except SosieError as error:
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, error.message)
        else:
            self._send("application/json", json.dumps(said, ensure_ascii=False).encode())

    def _visitor(self) -> str:
        crumbs = self.headers.get("Cookie", "")
        return self.server.door.holder(read_cookie(crumbs, cookie_name(self.server.server_port)))

    def _body(self) -> bytes | None:
        """The whole body, so that the next request of this connection begins where it should."""
        length = self.headers.get("Content-Length", "0")
        counted = re.fullmatch("[0-9]{1,4}", length) and "Transfer-Encoding" not in self.headers
        if not counted or int(length) > LONGEST_BODY:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _linger(self) -> None:
        """A connection closed on bytes that nobody read is reset, and the answer lost (RFC 9112, 9.6)."""
        self.connection.shutdown(socket.SHUT_WR)
        self._deadline.give(PATIENCE)
        for _ in range(LONGEST_REST // CHUNK):
            if not self.rfile.read1(CHUNK):
                break

    def _say(self, status: HTTPStatus, sentence: str) -> None:
        body = json.dumps({"error": sentence}, ensure_ascii=False).encode()
        self._send("application/json", body, status)

    def _send(
        self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK, more: dict[str, str] | None = None
    ) -> None:
        self.connection.settimeout(WHOLE_REQUEST)
        self.send_response_only(status)
        named = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
        if self.close_connection:
            named["Connection"] = "close"  # or the next demand would be sent here, to nobody
        for name, value in {**named, **SAID, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Python's own page of errors is not ours."""
        self.close_connection = True
        self._say(HTTPStatus(code), "Cette demande n'a pas de sens ici.")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: an address may hold the key, and who plays when is nobody's business."""
