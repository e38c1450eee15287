"""HTTP server of the pages in a folder: for this machine alone, and only for reading.

Pages of other sites that a browser shows can send it requests too. They read no answer, as it allows no other origin,
and a name of theirs that leads to this machine (DNS rebinding) is refused by the header Host.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from pathlib import Path, PurePosixPath
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, unquote_to_bytes

from markupsafe import Markup

from scons_tinyml.cli.serving.folder import PAGE_SUFFIX, open_below, pages
from scons_tinyml.reports.page.parts import content_policy, page_template, template_text

if TYPE_CHECKING:
    from jinja2 import Template

ADDRESS = "127.0.0.1"
"""The loopback address: no other machine reaches it."""
TYPES = {PAGE_SUFFIX: "text/html; charset=utf-8", ".json": "application/json"}
"""Files that are sent, by suffix; images of firmware, sources and databases are not."""
_OF_PAGES = (
    "default-src 'none'; img-src data: blob:; media-src blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Policy of any page: it loads nothing, sends nothing and stands in no other. Ours have stricter ones of their own."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _OF_PAGES,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_IDLE_S = 30
"""Seconds without a byte after which a connection is closed."""


class PageServer(ThreadingTCPServer):
    """Server of the pages in `folder`, on `port` or, for 0, on a free one. Raises OSError for one that is taken."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        super().__init__((ADDRESS, port), _Handler)
        self.port: int = self.server_address[1]

    @property
    def url(self) -> str:
        """Address of the list of pages."""
        return f"http://{ADDRESS}:{self.port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Values of the header Host that browsers send to this server, and to no other name."""
        return f"{ADDRESS}:{self.port}", f"localhost:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    server_version = "scons-tinyml"
    sys_version = ""
    timeout = _IDLE_S

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def handle(self) -> None:
        """Answer; a browser that has gone away is no error."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def end_headers(self) -> None:
        """End the headers with those that every answer has."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the only line is that of the address."""

    def _answer(self, *, with_content: bool) -> None:
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path.partition("?")[0] == "/":
            self._send_list(with_content)
        else:
            try:
                kind, stream = self._find()
            except OSError:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            with stream:
                self._begin(kind, os.fstat(stream.fileno()).st_size)
                if with_content:
                    shutil.copyfileobj(stream, self.wfile)

    def _find(self) -> tuple[str, BinaryIO]:
        """Return type and content of the file that the request is for. Raises OSError where there is none to send."""
        names = _names(self.path.partition("?")[0])
        return TYPES[PurePosixPath(names[-1]).suffix], open_below(self.server.folder, names)

    def _send_list(self, with_content: bool) -> None:
        content = list_page(self.server.folder).encode()
        self._begin(TYPES[PAGE_SUFFIX], len(content))
        if with_content:
            self.wfile.write(content)

    def _begin(self, kind: str, size_bytes: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size_bytes))
        self.end_headers()


def _names(path: str) -> Sequence[str]:
    """Return the names in the path of a request. Raises FileNotFoundError for one that leads to no file to send."""
    start, *quoted = path.split("/")
    names = [os.fsdecode(unquote_to_bytes(name)) for name in quoted]
    is_odd = any(name in ("", ".", "..") or "/" in name or "\0" in name for name in names)
    if start or is_odd or PurePosixPath(names[-1]).suffix not in TYPES:
        raise FileNotFoundError(path)
    return names


def list_page(folder: Path) -> str:
    """Return the page that lists the pages in `folder`."""
    style = template_text("style.css")
    found = pages(folder)
    values = {
        "folder": str(folder),
        "pages": [
            {
                "link": quote(os.fsencode(page.path)),
                "path": page.path,
                "title": page.title or page.path,
                "written": f"{datetime.fromtimestamp(page.written_s).astimezone():%Y-%m-%d %H:%M}",
            }
            for page in found
        ],
        "style": Markup(style),
        "policy": content_policy(style),
    }
    return _template().render(values) + "\n"


@cache
def _template() -> Template:
    return page_template(files(__package__).joinpath("templates", "list.html.j2").read_text(encoding="utf-8"))
