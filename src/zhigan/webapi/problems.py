"""Problems (RFC 9457): every refusal in one form, in words that name the field and what was expected.

Enters: our own `Problem`, the framework's exceptions, a handler's bug. Leaves: `application/problem+json`. Beside the
English sentence stands its `code` with `params` (`vocabulary.refusals`), so that a page says it in the reader's
language; `type` is the code as a URN. A bug leaves no detail in the answer; it is logged with its trace. Absent: HTML
error pages, and other languages.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from zhigan.vocabulary.refusals import of_status, recognise

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:zhigan119:refusal:"

TITLES = {
    400: "The request is not of the expected form",
    401: "Log in first",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take that method",
    409: "In conflict with what stands",
    410: "Gone",
    413: "Too large",
    422: "The values do not fit together",
    429: "Too many attempts",
    500: "The platform failed here",
    503: "Not ready",
}

log = structlog.get_logger("webapi")


class Problem(Exception):
    """Raised anywhere below a handler; `more` are further members of the problem document.

    `said` is the sentence that has the code, where `detail` says more than it.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
        said: str = "",
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        self.said = said


class FieldError(msgspec.Struct, frozen=True):
    """`field` is the path in the body or the parameter's name; `expected` says what would have been right."""

    field: str
    expected: str
    code: str = ""
    params: dict[str, str] = {}


def not_found(detail: str = "There is nothing of that id, or it lies outside your scope.") -> Problem:
    return Problem(404, TITLES[404], detail)


def forbidden(detail: str = "Your role does not allow this step.") -> Problem:
    return Problem(403, TITLES[403], detail)


def conflict(detail: str, **more: str | int) -> Problem:
    return Problem(409, TITLES[409], detail, more=more)


def unauthorised(detail: str = "No session, or it has ended.") -> Problem:
    return Problem(401, TITLES[401], detail, headers={"WWW-Authenticate": "Bearer"})


def invalid(field: str, expected: str, *, status: int = 400) -> Problem:
    """One field is wrong: the usual case."""
    return invalid_fields([FieldError(field, expected)], status=status)


def invalid_fields(errors: list[FieldError], *, status: int = 400) -> Problem:
    """`code` and `params` speak of the first; `detail` and `errors` of all."""
    detail = "; ".join(f"{e.field}: {e.expected}" for e in errors)
    said = f"{errors[0].field}: {errors[0].expected}" if errors else ""
    return Problem(status, TITLES[status], detail, more={"errors": [coded(e) for e in errors]}, said=said)


def coded(error: FieldError) -> FieldError:
    said = recognise(error.expected)
    return error if said is None else FieldError(error.field, error.expected, said.code, said.params)


def code_of(problem: Problem) -> tuple[str, dict[str, str]]:
    """What a page says it by."""
    said = recognise(problem.said or problem.detail) or recognise(problem.title)
    return (said.code, dict(said.params)) if said else (of_status(problem.status), {})


def answer(problem: Problem, instance: str) -> Response[bytes]:
    code, params = code_of(problem)
    body: dict[str, object] = {"type": TYPE + code, "title": problem.title, "status": problem.status, "code": code}
    if params:
        body["params"] = params
    if problem.detail:
        body["detail"] = problem.detail
    body["instance"] = instance
    return Response(
        msgspec.json.encode(body | problem.more),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def on_problem(request: "Request[Any, Any, Any]", problem: Problem) -> Response[bytes]:
    return answer(problem, request.url.path)


def on_http(request: "Request[Any, Any, Any]", error: HTTPException) -> Response[bytes]:
    """The framework's own refusals: unknown address, wrong method, a body that cannot be read."""
    return answer(translate(error), request.url.path)


def on_bug(request: "Request[Any, Any, Any]", error: Exception) -> Response[bytes]:
    log.error("handler failed", path=request.url.path, method=request.method, exc_info=error)
    return answer(Problem(500, TITLES[500], "The failure has been logged."), request.url.path)


def translate(error: HTTPException) -> Problem:
    status = error.status_code
    title = TITLES.get(status, "Refused")
    headers = {k: str(v) for k, v in (error.headers or {}).items() if k.lower() != "content-type"}
    if isinstance(error, ValidationException):
        fields = _fields(error.extra)
        if fields:
            return invalid_fields(fields, status=status)
    if status >= 500:
        return Problem(status, title)
    detail = "" if status in (404, 405) else plain(str(error.detail))
    return Problem(status, title, detail, headers=headers)


def _fields(extra: object) -> list[FieldError]:
    """The framework's list of `{message, key, source}`; anything else has no fields to name."""
    try:
        listed = msgspec.convert(extra, list[dict[str, str]])
    except msgspec.ValidationError:
        return []
    return [misfit(e.get("message", ""), "" if e.get("key") == "data" else e.get("key", "")) for e in listed]


_AT = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`")
_MISSING = re.compile(r"[Oo]bject missing required field `(?P<name>[^`]+)`")


def misfit(message: str, key: str = "") -> FieldError:
    """What did not fit a type, from the library's sentence; `key` where that names no field."""
    found = _AT.search(message)
    path = (found.group("path").lstrip(".") if found else "") or key
    missing = _MISSING.search(message)
    if missing:
        return FieldError(f"{path}.{missing.group('name')}".lstrip("."), "is required")
    return FieldError(path or "body", plain(message))


def plain(message: str) -> str:
    return _AT.sub("", message).replace("`", "'")
