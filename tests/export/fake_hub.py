"""A hub of the same protocol on loopback: one account, repositories in memory, a refusal wherever asked."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = 100  # bytes from which a file goes the large files' road


class FakeHub(ThreadingHTTPServer):
    """`refuse`: {step: (status, headers)}, or {step: None} for a cut connection; `log`: (step, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.role, self.forced_public = "write", False
        self.repositories, self.blobs, self.log, self.refuse = {}, {}, [], {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, name, private=True):
        self.repositories[name] = {"private": private and not self.forced_public, "files": {}, "commits": 0}

    def sent(self):
        return [step for step, _ in self.log]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, told, status=200, headers=()):
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def step(self):
        """The name of what is asked, and the repository."""
        path, hub = self.path.split("?")[0], self.server
        for name, pattern in (
            ("whoami", r"/api/whoami-v2()"),
            ("create", r"/api/repos/create()"),
            ("card", r"/api/validate-yaml()"),
            ("preupload", r"/api/models/(.+)/preupload/main"),
            ("commit", r"/api/models/(.+)/commit/main"),
            ("lfs", r"/(.+)\.git/info/lfs/objects/batch"),
            ("put", r"/blob/(.+)"),
            ("files", r"/api/models/(.+)/tree/.+"),
            ("resolve", r"/(.+)/resolve/[^/]+/.+"),
            ("info", r"/api/models/([^/]+/[^/]+)(?:/revision/.+)?"),
        ):
            if found := re.fullmatch(pattern, path):
                return name, found[1]
        raise AssertionError(f"the fake hub does not know {self.command} {path}, {hub}")

    def handle_one(self):
        hub = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(self.chunks())
        name, about = self.step()
        hub.log.append((name, body))
        if name in hub.refuse:
            refusal = hub.refuse[name]
            if refusal is None:
                self.close_connection = True
                self.connection.close()
                return
            self.answer({"error": "non"}, refusal[0], refusal[1])
            return
        getattr(self, f"do_{name}")(about, body)

    do_GET = do_POST = do_PUT = do_HEAD = handle_one

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def do_whoami(self, _, body):
        self.answer({"name": "lea", "auth": {"accessToken": {"role": self.server.role}}})

    def do_create(self, _, body):
        told = json.loads(body)
        self.server.add(
            f"{told['organization'] or 'lea'}/{told['name']}", told.get("visibility") == "private"
        )
        self.answer({"url": f"{self.server.address}/lea/{told['name']}", "id": f"lea/{told['name']}"})

    def do_card(self, _, body):
        self.answer({"errors": [], "warnings": []})

    def do_info(self, name, body):
        found = self.server.repositories.get(name)
        if found is None:
            self.answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
            return
        self.answer(
            {
                "id": name,
                "private": found["private"],
                "sha": f"{found['commits']:040x}",
                "siblings": [self.about(path, content) for path, content in found["files"].items()],
            }
        )

    def about(self, path, content):
        large = {
            "lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 1}
        }
        return {"rfilename": path, "size": len(content), **(large if len(content) > LARGE else {})}

    def do_files(self, name, body):
        files = self.server.repositories[name]["files"]
        self.answer([{"type": "file", "path": path, "size": len(files[path]), "oid": "0"} for path in files])

    def do_preupload(self, name, body):
        files = self.server.repositories[name]["files"]
        told = []
        for file in json.loads(body)["files"]:
            content = files.get(file["path"])
            blob = b"blob %d\0" % len(content) + content if content is not None else b""
            large = file["size"] > LARGE
            oid = hashlib.sha256(content).hexdigest() if large and content else hashlib.sha1(blob).hexdigest()
            told.append(
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if large else "regular",
                    "shouldIgnore": False,
                    **({"oid": oid} if content is not None else {}),
                }
            )
        self.answer({"files": told})

    def do_lfs(self, name, body):
        objects = [
            {
                **each,
                "actions": {"upload": {"href": f"{self.server.address}/blob/{each['oid']}", "header": {}}},
            }
            for each in json.loads(body)["objects"]
        ]
        self.answer({"transfer": "basic", "objects": objects})

    def do_put(self, oid, body):
        self.server.blobs[oid] = body
        self.answer({})

    def do_commit(self, name, body):
        found = self.server.repositories[name]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                found["files"][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                found["files"][value["path"]] = self.server.blobs[value["oid"]]
            elif line["key"] == "deletedFile":
                del found["files"][value["path"]]
        found["commits"] += 1
        oid = f"{found['commits']:040x}"
        self.answer(
            {"success": True, "commitOid": oid, "commitUrl": f"{self.server.address}/{name}/commit/{oid}"}
        )

    def do_resolve(self, name, body):
        content = self.server.repositories[name]["files"][self.path.split("/resolve/")[1].split("/", 1)[1]]
        headers = {"X-Repo-Commit": "0" * 40, "ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
        if self.command == "HEAD":
            self.send_response(200)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            return
        self.answer(content, 200, headers)
