"""The interface described by itself: OpenAPI 3.1 at `/api/openapi.json`, and the same as a page at `/api/docs`.

The framework draws the document from the handlers' types; this adds what it cannot know: every refusal is a problem
document, and how to log in. The page is our own, without script and without anything from elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Router
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Operation
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler

from zhigan.webapi.authentication import COOKIE, PUBLIC
from zhigan.webapi.problems import MEDIA_TYPE

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "code": {"type": "string", "description": "Stable; the sentences may be reworded"},
        "params": {"type": "object", "additionalProperties": {"type": "string"}},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "expected"],
                "properties": {
                    "field": {"type": "string"},
                    "expected": {"type": "string"},
                    "code": {"type": "string"},
                    "params": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        },
    },
}
REFUSAL: dict[str, Any] = {
    "description": "A problem (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class _Json(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(amend(openapi_schema))


class _Page(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return html(amend(openapi_schema)).encode()


class _Documents(Router):
    """The framework adds an HTML page for unknown addresses below it; ours are problem documents."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        if isinstance(value, HTTPRouteHandler) and "/{path:str}" in value.paths:
            return []
        return super().register(value)


def config(title: str, version: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=title,
        version=version,
        use_handler_docstrings=True,
        render_plugins=[_Json(path="/openapi.json", media_type=MediaType.JSON), _Page(path="/docs")],
        openapi_router=_Documents("/api", route_handlers=[], opt=PUBLIC, include_in_schema=False),
    )


def document(app: Litestar) -> dict[str, Any]:
    """The same document without a server: for the web client's types."""
    return amend(app.openapi_schema.to_schema())


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    paths: dict[str, dict[str, Any]] = schema.get("paths", {})
    for path, item in sorted(paths.items()):
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def amend(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    schema["security"] = [{"bearer": []}, {"cookie": []}]
    for _, _, operation in operations(schema):
        responses: dict[str, Any] = operation.setdefault("responses", {})
        for status in [s for s in responses if s.startswith("4")]:
            responses[status] = REFUSAL
        responses["default"] = REFUSAL
        _open(responses)
    return schema


def _open(responses: dict[str, Any]) -> None:
    """An empty page is a page of either kind: what an answer may be is said with `anyOf`, not with `oneOf`."""
    for response in responses.values():
        for media in response.get("content", {}).values():
            schema = media.get("schema", {})
            if "oneOf" in schema:
                schema["anyOf"] = schema.pop("oneOf")


def judging(body: type[msgspec.Struct]) -> type[Operation]:
    """For a handler that takes any JSON object and holds it against `body` itself, because what it refuses is kept: the
    document shows the type all the same."""
    whole = msgspec.json.schema(body)
    described = {
        "required": True,
        "content": {"application/json": {"schema": _inline(whole, whole["$defs"])}},
    }

    @dataclass
    class Judging(Operation):
        def to_schema(self) -> dict[str, Any]:
            return super().to_schema() | {"requestBody": described}

    return Judging


def _inline(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(each, parts) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast("dict[str, Any]", schema)
    if "$ref" in given:
        return _inline(parts[given["$ref"].rpartition("/")[2]], parts)
    return {name: _inline(each, parts) for name, each in given.items() if name != "$defs"}


STYLE = """
:root{color-scheme:light dark}body{font:15px/1.55 "Noto Sans SC",system-ui,sans-serif;max-width:64rem;margin:2rem auto;
padding:0 1rem}code,pre{font-family:ui-monospace,monospace;font-size:.9em}h2{margin-top:2.5rem;border-bottom:1px solid
#8886}details{margin:.4rem 0;border:1px solid #8884;border-radius:6px;padding:.4rem .7rem}summary{cursor:pointer}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem
.25rem 0;border-top:1px solid #8883}.m{display:inline-block;min-width:4.2rem;font-weight:700;font-family:ui-monospace,
monospace}.q{opacity:.7}
"""


def html(schema: dict[str, Any]) -> str:
    info = schema["info"]
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} <small class=q>{escape(info['version'])}</small></h1>",
        '<p>The same as a document: <a href="/api/openapi.json">openapi.json</a>. Errors are problem documents '
        "(RFC 9457); lists answer <code>{items, next}</code> and take <code>limit</code> and <code>cursor</code>.</p>",
    ]
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, method, operation in operations(schema):
        groups.setdefault((operation.get("tags") or ["other"])[0], []).append((path, method, operation))
    for tag, listed in sorted(groups.items()):
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts += [_operation(path, method, operation) for path, method, operation in listed]
    parts.append("<h2>Types</h2>")
    parts += [_type(name, found) for name, found in sorted(schema["components"]["schemas"].items())]
    return "".join([*parts, "</body></html>"])


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        (p["name"], shown(p.get("schema", {})), "required" if p.get("required") else "", p.get("description", ""))
        for p in operation.get("parameters", [])
    ]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        rows.append(("body", shown(media["schema"]), "required", ""))
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            rows.append((f"→ {status}", shown(media.get("schema", {})), "", response.get("description", "")))
    return (
        f'<details id="{escape(operation.get("operationId", ""), quote=True)}"><summary>'
        f"<span class=m>{method.upper()}</span>"
        f"<code>{escape(path)}</code> <span class=q>{escape(operation.get('summary') or '')}</span></summary>"
        f"<p>{escape(operation.get('description') or '')}</p>{_table(rows)}</details>"
    )


def _type(name: str, found: dict[str, Any]) -> str:
    required = set(found.get("required", []))
    rows = [
        (field, shown(what), "required" if field in required else "", what.get("description", ""))
        for field, what in found.get("properties", {}).items()
    ]
    values = ", ".join(str(v) for v in found.get("enum", []))
    return (
        f'<details id="{escape(name, quote=True)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(values or found.get('description') or '')}</p>{_table(rows)}</details>"
    )


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    return (
        "<table>"
        + "".join(
            f"<tr><td><code>{escape(name)}</code><td>{kind}<td class=q>{need}<td>{escape(said)}"
            for name, kind, need, said in rows
        )
        + "</table>"
    )


def shown(what: dict[str, Any]) -> str:
    """A schema in one line."""
    if "$ref" in what:
        name = escape(str(what["$ref"]).rpartition("/")[2], quote=True)
        return f'<a href="#{name}">{name}</a>'
    for joined in ("oneOf", "anyOf"):
        if joined in what:
            return " | ".join(shown(option) for option in what[joined])
    if what.get("type") == "array":
        return f"[{shown(what.get('items', {}))}]"
    if "enum" in what:
        return escape(" | ".join(str(v) for v in what["enum"]))
    kind: str | list[str] = what.get("type", "any")
    text = kind if isinstance(kind, str) else " | ".join(kind)
    return escape(f"{text} ({what['format']})" if "format" in what else text)
