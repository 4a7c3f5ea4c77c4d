"""Whatever is taken out bears a mark: who, when, and the number of the line in the audit trail that says so;
and whatever narrows a list narrows what is taken out of it.

The list of what can be taken out is the platform's own OpenAPI document: an export that is new is walked too.
"""

import json
from pathlib import Path

import httpx
import pytest

from support.platform import Platform
from support.taken import mark_of

pytestmark = pytest.mark.timeout(120)
KINDS = ("units", "devices", "hydrants", "contacts", "organisations", "key-parts")
SHAPE = {"limit", "cursor", "sort", "brief"}
REGISTRY = {"units": "listUnits", "devices": "listDevices", "contacts": "listContacts", "key-parts": "listKeyParts"}
"""Lists of the registry and the operations that show them; one export serves them all."""
OF_ONE = ("/imports/", "/report.pdf", "/sheet.pdf", "/labels.pdf")
"""One's own bad lines as they came; papers of one thing, whose stories look at them."""


def exports(document: dict, ids: dict[str, str]) -> list[str]:
    paths = [p for p, item in document["paths"].items() if "get" in item and ("export" in p or p.endswith(".csv"))]
    listed = [p for p in paths if not any(word in p for word in OF_ONE)]
    for name, id_ in ids.items():
        listed = [p.replace(f"{{{name}}}", id_) for p in listed]
    return [q for p in listed for q in ([p.replace("{kind}", k) for k in KINDS] if "{kind}" in p else [p])]


def asked(operation: dict) -> set[str]:
    return {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"} - SHAPE


def lacking(document: dict) -> dict[str, set[str]]:
    """Operation of an export → filters of the list beside it that it does not take."""
    reads = {path: item["get"] for path, item in document["paths"].items() if "get" in item}
    named = {op["operationId"]: op for op in reads.values()}
    found = {
        op["operationId"]: asked(reads[path.rpartition("/export")[0]]) - asked(op)
        for path, op in reads.items()
        if "/export" in path and path.rpartition("/export")[0] in reads
    }
    return found | {kind: asked(named[of]) - asked(named["exportList"]) for kind, of in REGISTRY.items()}


def test_a_filter_that_an_export_does_not_take_is_seen() -> None:
    def get(name: str, *filters: str) -> dict:
        return {"get": {"operationId": name, "parameters": [{"name": each, "in": "query"} for each in filters]}}

    paths = {"/things": get("listThings", "q", "origin", "limit"), "/things/export.csv": get("exportThings", "q")}
    more = {f"/{name}": get(name) for name in (*REGISTRY.values(), "exportList")}
    assert lacking({"paths": paths | more})["exportThings"] == {"origin"}


def test_every_export_is_marked_and_written_down(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "data")
    platform.start()
    try:
        name, password = platform.account("admin")
        with httpx.Client(base_url=platform.url, timeout=30) as admin:
            token = admin.post("/api/v1/login", json={"username": name, "password": password}).json()["token"]
            admin.headers["Authorization"] = f"Bearer {token}"
            made = admin.post("/api/v1/partners", json={"name": "综治平台", "kind": "grid", "account": "grid.partner"})
            assert made.status_code == 201, made.text
            document = json.loads(admin.get("/api/openapi.json").text)
            narrowed = lacking(document)
            assert len(narrowed) > 12 and {name: lacks for name, lacks in narrowed.items() if lacks} == {}
            unit = {"code": "U-1", "name": "实验小学", "premises": "other", "area_code": "360802"}
            of = admin.post("/api/v1/units", json=unit).json()["id"]
            desk = admin.post("/api/v1/shift-desks", json={"name": "市级值班台", "scope": "city"}).json()["id"]
            found = exports(document, {"partner_id": made.json()["id"], "unit_id": of, "desk_id": desk})
            assert len(found) >= 15, found
            for path in found:
                answer = admin.get(path)
                assert answer.status_code == 200, (path, answer.text)
                lines = admin.get("/api/v1/audit", params={"limit": 1}).json()["items"]
                if path.endswith(".xlsx"):
                    number = lines[0]["id"]
                    assert (
                        answer.content.startswith(b"PK") and f"-E{number}.xlsx" in answer.headers["content-disposition"]
                    )
                else:
                    assert answer.headers["content-type"] == "text/csv; charset=utf-8", path
                    number, who = mark_of(answer.text)
                    assert who == name and f"-E{number}.csv" in answer.headers["content-disposition"], path
                assert lines[0]["id"] == number and lines[0]["action"].endswith(".exported"), (path, lines[0])
            chinese = admin.get("/api/v1/export/hydrants", params={"encoding": "gb18030"})
            assert chinese.headers["content-type"] == "text/csv; charset=gb18030"
            assert "导出" in chinese.content.decode("gb18030")
            text = admin.get("/api/v1/export/hydrants").content
            again = admin.post("/api/v1/imports/hydrants", files={"file": ("h.csv", text)})
            assert again.status_code == 201, again.text
    finally:
        assert platform.stop() == 0
