"""The addresses of the local page, what answers each, and what is said when something goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from dabiao.base.exits import EXIT_INTERNAL
from dabiao.base.files import Upload
from dabiao.base.limits import limits
from dabiao.base.messages import LANGS, Lang, say, visible
from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.writing import find_refusal
from dabiao.reports.html import style_and_script
from dabiao.serve import home, questions, results, sliders
from dabiao.serve.guard import Guard, drain
from dabiao.serve.pages import Answer, Asked, message, refused
from dabiao.serve.runs import Runs
from dabiao.serve.store import DamagedError, FolderGoneError, GoneError
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope

MOST_FILES = 40  # of one submission
_FILES = 4  # so many of the largest ones may be sent together
_MOST_FIELDS, _LONGEST_FIELD = 20, 10_000
_LARGEST_REQUEST = 64 * 1024  # beside the files: the fields, and what stands between parts

_PAGES: tuple[tuple[str, str, Answer, bool], ...] = (
    ("GET", "", home.show_start, False),
    ("GET", "plan/{plan}", home.show_plan, False),
    ("GET", "plan/{plan}/form.xlsx", home.give_form, True),
    ("POST", "plan/{plan}/check", results.hand_in, True),
    ("GET", "run/{run}", results.show_result, True),
    ("GET", "run/{run}/brief", results.show_brief, True),
    ("GET", "run/{run}/page", results.show_page, True),
    ("GET", "plan/{plan}/status", questions.show_status, True),
    ("GET", "overview", questions.show_overview, True),
    ("GET", "run/{run}/why", questions.show_why, True),
    ("GET", "run/{run}/what-if", sliders.show_what_if, True),
    ("GET", "run/{run}/marked/{number}.xlsx", results.give_marked, True),
    ("GET", "run/{run}/{file}", results.give_file, True),
)
"""Method, address below token and language, what answers, and whether it takes long: those are answered a few at a time."""


def make_app(
    folder: Path, *, token: str, key: str, port: int, lang: Lang, at_once: int, asked_for: bool = True
) -> ASGIApp:
    """Return the server of a folder. Raises `Refused` if the folder cannot be made.

    `token` begins every address, `key` opens the start page once; `lang` is the language to begin with (where nobody
    `asked_for` it, only of browsers that want none we have), `at_once` how many submissions are judged at the same time.
    """
    runs = Runs(folder)
    runs.store.open()
    service = _Service(runs, token, lang, at_once, asked_for=asked_for)
    routes = [
        Route(f"/{token}/{{lang}}/{place}", service.endpoint(answer, slow=slow), methods=[method])
        for method, place, answer, slow in _PAGES
    ]
    assets = [Route(f"/{token}/{name}", _asset(text, kind)) for name, text, kind in _assets()]
    start = [Route(f"/{token}{end}", service.begin) for end in ("", "/")]
    handlers = {HTTPException: service.tell_http, Exception: service.tell_error}
    app = Starlette(routes=[*start, *assets, *routes], exception_handlers=handlers)  # type: ignore[arg-type]
    names = [f"{host}:{port}" for host in ("127.0.0.1", "localhost")]
    most = _FILES * limits().file + _LARGEST_REQUEST
    return Guard(app, token=token, key=key, hosts=names, most_bytes=most, deny=service.deny)


def _assets() -> list[tuple[str, str, str]]:
    style, script = style_and_script()
    own = Path(__file__).parent / "templates"
    return [
        ("page.css", style, "text/css"), ("page.js", script, "text/javascript"),
        ("serve.css", (own / "serve.css").read_text(encoding="utf-8"), "text/css"),
        ("serve.js", (own / "serve.js").read_text(encoding="utf-8"), "text/javascript"),
    ]  # fmt: skip


def _asset(text: str, kind: str) -> Callable[[Request], Response]:
    def give(request: Request) -> Response:
        del request
        return Response(text, media_type=kind)

    return give


def _list_languages(header: str) -> list[str]:
    """List the languages a browser wants, without their regions, in its order: browsers send the one they like best first."""
    return [part.partition(";")[0].strip().partition("-")[0].lower() for part in header[:_LONGEST_FIELD].split(",")]


class _Service:
    """Turns requests into what is asked, answers them in threads, and says what went wrong."""

    def __init__(self, runs: Runs, token: str, lang: Lang, at_once: int, *, asked_for: bool) -> None:
        self._runs, self._root, self._lang = runs, f"/{token}", lang
        self._slow: CapacityLimiter | None = None  # made where it is used: it belongs to a running loop
        self._at_once, self._asked_for = at_once, asked_for

    async def begin(self, request: Request) -> Response:
        """Lead to the start page in the language to begin with: the one asked for, or else the browser's."""
        wanted = () if self._asked_for else _list_languages(request.headers.get("accept-language", ""))
        lang = next((one for one in wanted if one in LANGS), self._lang)
        return RedirectResponse(f"{self._root}/{lang}/", 303)

    def endpoint(self, answer: Answer, *, slow: bool) -> Callable[[Request], object]:
        """Return what answers requests by an answer; slow ones wait for each other."""

        async def respond(request: Request) -> Response:
            asked = self._asked(request.scope)
            if request.path_params["lang"] not in LANGS:
                return message(asked, "not-found", 404, say("serve.not-found-advice", asked.lang))
            try:
                if request.method == "POST":
                    return await self._take(request, asked, answer)
                return await self._run(partial(answer, self._runs, asked), slow=slow)
            except ClientDisconnect:  # there is nobody left to tell, and nothing was begun
                return Response(status_code=400)
            except HTTPException:
                raise
            except Exception as error:
                return self._tell(asked, error, sent=request.method == "POST")

        return respond

    async def _take(self, request: Request, asked: Asked, answer: Answer) -> Response:
        """Read a form to its end, its files on disk, and answer it. Nothing is judged before all of it is here."""
        try:
            form = await request.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)
        except ClientDisconnect:
            raise
        except Exception:
            await drain(request.scope, request.receive)
            raise
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        sent = [one for _, one in form.multi_items() if isinstance(one, UploadFile) and one.filename]

        def work() -> Response:
            files = tuple(Upload(one.filename or "", one.file.read()) for one in sent)
            full = Asked(asked.lang, asked.root, asked.place, asked.parts, asked.query, fields, files)
            return answer(self._runs, full)

        try:
            return await self._run(work, slow=True)
        finally:
            await form.close()

    async def _run(self, work: Callable[[], Response], *, slow: bool) -> Response:
        if self._slow is None:
            self._slow = CapacityLimiter(self._at_once)
        return await to_thread.run_sync(work, limiter=self._slow if slow else None)

    def _asked(self, scope: Scope) -> Asked:
        """Return what a request asks; one in no language of ours is answered in that to begin with."""
        _, _, lang, place = (*scope["path"].split("/", 3), "", "")[:4]
        query = tuple(parse_qsl(scope["query_string"].decode("latin-1")[:_LONGEST_FIELD], keep_blank_values=True))
        parts = {name: str(value) for name, value in scope.get("path_params", {}).items()}
        known = lang in LANGS
        return Asked(lang if known else self._lang, self._root, place if known else "", parts, query)

    def deny(self, why: str, scope: Scope) -> ASGIApp:
        """Return the page that says why a request is refused before it is read; it names no address with the token."""
        asked = self._asked(scope)
        outside = Asked(asked.lang, "") if why in ("host", "token") else asked
        status = {"method": 405, "no-length": 411, "too-large": 413}.get(why, 403)
        most = (_FILES * limits().file) >> 20
        return message(outside, f"deny-{why}", status, say(f"serve.deny-{why}-advice", outside.lang, most=most))

    def tell_http(self, request: Request, error: HTTPException) -> Response:
        """Say that there is no such page, or that a form is broken."""
        asked = self._asked(request.scope)
        if error.status_code == 400:
            return message(asked, "bad-form", 400, say("serve.bad-form-advice", asked.lang, most=MOST_FILES))
        return message(asked, "not-found", error.status_code, say("serve.not-found-advice", asked.lang))

    def tell_error(self, request: Request, error: Exception) -> Response:
        """Say what went wrong where nothing else did."""
        return self._tell(self._asked(request.scope), error, sent=request.method == "POST")

    def _tell(self, asked: Asked, error: Exception, *, sent: bool) -> Response:
        """Say what went wrong, and what became of what was sent."""
        lang = asked.lang
        kept = say("serve.nothing-lost", lang)
        if isinstance(error, GoneError):
            return message(asked, "not-found", 404, say("serve.not-found-advice", lang))
        if isinstance(error, DamagedError):
            return message(asked, "damaged", 410, say("serve.damaged-advice", lang, file=error.args[0]))
        found = error if isinstance(error, Refused) else find_refusal(error)
        if isinstance(found, FolderGoneError):
            return refused(asked, found.problems, 503, say("serve.folder-gone-advice", lang))
        if found is not None and found.exit_code == EXIT_INTERNAL:
            return refused(asked, found.problems, 507, say("serve.no-room-advice", lang))
        if found is not None:
            return refused(asked, found.problems, 422, say("serve.refused-advice", lang) if sent else kept)
        if os.environ.get("DABIAO_DEBUG"):
            raise error
        reason = visible(f"{type(error).__name__}: {error}")
        sys.stderr.write(say("internal-error", lang, reason=reason) + "\n")
        problem = Problem("internal-error", Location(say("serve.title", lang)), {"reason": reason})
        return refused(asked, [problem], 500, say("serve.internal-advice", lang) if sent else kept)
