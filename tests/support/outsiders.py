"""Somebody from outside walks the whole interface: every operation of the OpenAPI document, with ids that are not his.

Enters: the document, the ids of things that lie elsewhere. Leaves: what was answered that must not have been. Whoever
guesses an id must not learn even that it exists: the answer is compared, to the letter, with that to an id of nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from support.taken import MARK

NOTHING = "019d0000-0000-7000-8000-00000000dead"
METHODS = ("get", "post", "put", "patch", "delete")
OWN = re.compile(r"/api/v1/(login|logout|me|live|notifications/live|faces|public)\b|/(healthz|readyz|metrics)$")
"""One's own session; the feeds, which do not end (the desk's has a walk of its own, the app's is one's own); and
what is there for everybody: faces of login pages, the page that a sticker's code opens."""
GIVEN = {"name", "note", "why", "purpose", "reason"}
WORDS: Mapping[str, object] = {
    "step": "accept", "kind": "units", "provider": "aliyun-sms", "way": "sms",
    "version": 1, "what": "inspections", "z": 14, "x": 13426, "y": 6910, "minutes": 5, "state": "retired",
    "outcome": "false_alarm", "cause": "U1", "basis": "phone", "role": "owner", "floor": "1", "code": "360803001003",
}  # fmt: skip
"""Values that are right wherever they are asked for, so that a request is refused for its id and nothing else.
The tile is theirs."""


class Api:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(method, path, operation) of all that is about things."""
        for path, item in self._document["paths"].items():
            if not OWN.match(path) and not OWN.search(path):
                for method in METHODS:
                    if method in item:
                        yield method, path, item[method]

    @staticmethod
    def read(operation: Mapping[str, Any]) -> bool:
        """Answers with what a search of its bytes can find: no paper, no picture, no workbook, which are packed."""
        content = operation.get("responses", {}).get("200", {}).get("content", {})
        return not content or any("json" in kind or kind.startswith("text/") for kind in content)

    def body(self, operation: Mapping[str, Any], ids: Mapping[str, str]) -> object:
        """A body of the wanted form that names `ids` wherever it can; None where there is none or it is a file."""
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return self._example("", content["application/json"]["schema"], ids)

    def _example(self, name: str, schema: Mapping[str, Any], ids: Mapping[str, str]) -> object:
        schema = self._resolved(schema)
        if name in ids:
            return ids[name]
        if name in WORDS and schema.get("type") in ("string", "integer"):
            return WORDS[name]
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        if kind == "object":
            wanted = set(schema.get("required", ())) | (set(schema.get("properties", {})) & (set(ids) | GIVEN))
            return {k: self._example(k, v, ids) for k, v in schema.get("properties", {}).items() if k in wanted}
        if kind == "array":
            singular = {"devices": "device_id", "alarms": "alarm_id"}.get(name)
            return [ids[singular]] if singular in ids else [self._example("id", schema["items"], ids)]
        if kind == "string" and (name in ("id", "into") or name.endswith("_id")):
            return ids["id"]
        return {"integer": 1, "number": 1.0, "boolean": False}.get(str(kind), "x")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self._resolved(next(s for s in schema[word] if s.get("type") != "null"))
        if "$ref" in schema:
            found: Mapping[str, Any] = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            return self._resolved(found)
        return schema


def questions(operation: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The plain question, and one for each parameter with which something elsewhere can be named."""
    asked = [p for p in operation.get("parameters", ()) if p["in"] == "query" and p["name"] in ids]
    needed = {p["name"]: ids[p["name"]] for p in asked if p.get("required")}
    yield needed
    for name in (p["name"] for p in asked if p["name"] not in needed):
        yield {**needed, name: ids[name]}


def filled(path: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1]) or WORDS.get(found[1], "")), path)


def unnamed(path: str, ids: Mapping[str, str]) -> list[str]:
    return [name for name in re.findall(r"\{(\w+)\}", path) if name not in ids and name not in WORDS]


def said(answer: httpx.Response, ids: Mapping[str, str]) -> str:
    """The answer without the ids that the question itself held, and without what tells the time or who took a list."""
    text = MARK.sub("…", f"{answer.status_code} {answer.text}")
    for value in sorted(ids.values(), key=len, reverse=True):  # an id may stand inside another
        text = text.replace(value, "…")
    text = re.sub(r"# 导出 E\d+ · [^\n\"]*", "…", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "…", text)


def pretty(body: object) -> str:
    return json.dumps(body, ensure_ascii=False)
