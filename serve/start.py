"""Starts the server of a folder, on this machine alone."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dabiao.base.libraries import require_library
from dabiao.base.messages import Lang
from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.system import put_system_reason
from dabiao.facts.parallel.reading import count_processors

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
_PATIENCE = 3  # seconds that open requests are waited for at the end


class Server:
    """The server of a folder. Raises `Refused` for a missing library, a port that is taken, a folder that cannot be made."""

    def __init__(self, folder: Path, *, port: int, lang: Lang, asked_for: bool = True) -> None:
        for library in ("starlette", "uvicorn", "python_multipart"):
            with require_library(library):
                __import__(library)
        from dabiao.serve.app import make_app

        self._socket = _listen(port)
        self._port = self._socket.getsockname()[1]
        token, key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.address = f"http://{HOST}:{self._port}/{token}/"
        self._once = f"http://{HOST}:{self._port}/{key}/"
        try:
            self._app = make_app(
                folder, token=token, key=key, port=self._port, lang=lang, at_once=count_processors(),
                asked_for=asked_for,
            )  # fmt: skip
        except BaseException:
            self._socket.close()
            raise
        self.server = self._make_server()

    def _make_server(self) -> uvicorn.Server:
        import uvicorn

        config = uvicorn.Config(
            self._app, log_config=None, log_level="critical", access_log=False, server_header=False, lifespan="off",
            ws="none", timeout_graceful_shutdown=_PATIENCE,
        )  # fmt: skip
        return uvicorn.Server(config)

    def run(self, tell: Callable[[str], None], *, open_browser: bool) -> None:
        """Serve until the process is told to end; tell the address, and open a browser if that is asked for."""
        with closing(self._socket):
            tell(self.address)
            if open_browser:
                _open(self._once)
            self.server.run(sockets=[self._socket])


def _listen(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        raise Refused(
            [Problem("serve.port", Location("--port"), {"found": port, "reason": put_system_reason(error)})]
        ) from None
    return found


def _open(address: str) -> None:
    """Open a browser without waiting for it; where there is none the address has been told."""
    from threading import Thread
    from webbrowser import open as open_browser

    def show() -> None:
        with suppress(Exception):
            open_browser(address)

    Thread(target=show, daemon=True).start()
