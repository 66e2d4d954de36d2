"""What every request must be before anything else of it is looked at: from this machine, with the token, not too large."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Deny = Callable[[str, "Scope"], "ASGIApp"]
"""Returns the page that says why a request is refused."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with none at all browsers do not say which page a form was sent from
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_MOST_DRAINED = 1 << 30  # bytes of a body that is too large: a browser shows no answer before it has sent everything
_WHOLE = "dabiao.whole"  # in the scope of a request: whether all of its body has come
_OWN = (
    "same-origin",
    "none",
)  # where a request may come from, if the browser says: a page of ours, or an address typed in


class Guard:
    """Refuses requests that no page of ours makes, and puts the headers on every answer that keep other pages out.

    `hosts` are the names this server goes by, with the port; a page of another name that leads to this machine is refused.
    `token` is the first part of every address. `key` is one as good, for one request: the browser is opened with it, and
    what others see of a command line is worth nothing afterwards.
    """

    def __init__(
        self, app: ASGIApp, *, token: str, key: str, hosts: Collection[str], most_bytes: int, deny: Deny
    ) -> None:
        self._app, self._token, self._keys, self._hosts = app, token, {key}, frozenset(hosts)
        self._most_bytes, self._deny = most_bytes, deny

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        from starlette.datastructures import Headers

        answer = self._app
        headers = Headers(scope=scope)
        if why := self._find_fault(scope, headers):
            answer = self._deny(why, scope)
            if why == "too-large" and _length_of(headers) <= _MOST_DRAINED:
                await drain(scope, receive)
        elif self._use_key(scope):
            from starlette.responses import RedirectResponse

            answer = RedirectResponse(f"/{self._token}/", 303)
        await answer(scope, _noting(scope, receive), _with_headers(send))

    def _find_fault(self, scope: Scope, headers: Headers) -> str:
        """Return what is wrong with a request, empty if nothing is."""
        if len(headers.getlist("host")) != 1 or headers["host"] not in self._hosts:
            return "host"
        first = scope["path"].split("/")[1]
        if not secrets.compare_digest(first.encode(), self._token.encode()) and first not in self._keys:
            return "token"
        if scope["method"] in ("GET", "HEAD"):
            return ""
        if scope["method"] != "POST":
            return "method"
        if headers.get("origin") != f"http://{headers['host']}" or headers.get("sec-fetch-site", _OWN[0]) not in _OWN:
            return "origin"
        if "content-length" not in headers or "transfer-encoding" in headers:
            return "no-length"
        return "too-large" if _length_of(headers) > self._most_bytes else ""

    def _use_key(self, scope: Scope) -> bool:
        first = scope["path"].split("/")[1]
        if first not in self._keys or scope["method"] != "GET":
            return False
        self._keys.discard(first)
        return True


def _length_of(headers: Headers) -> int:
    return int(headers["content-length"])  # the server has refused what is no number


async def drain(scope: Scope, receive: Receive) -> None:
    """Take what is left of a request's body and throw it away: until all is sent, a browser shows no answer."""
    while not scope.get(_WHOLE):
        message = await receive()
        scope[_WHOLE] = message["type"] != "http.request" or not message.get("more_body")


def _noting(scope: Scope, receive: Receive) -> Receive:
    """Return a `receive` that notes when a body has come to its end: nobody may wait for more of it."""

    async def receive_on() -> Message:
        message = await receive()
        scope[_WHOLE] = message["type"] != "http.request" or not message.get("more_body")
        return message

    return receive_on


def _with_headers(send: Send) -> Send:
    """Return a `send` that adds what an answer does not set itself."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            from starlette.datastructures import MutableHeaders

            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_on
