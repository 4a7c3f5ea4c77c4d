"""Whatever is taken out bears a mark: who, when, and the number of the line in the audit trail that says so.

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
OF_ONE = ("/imports/", "/report.pdf", "/sheet.pdf", "/labels.pdf")
"""One's own bad lines as they came; papers of one thing, whose stories look at them."""


def exports(document: dict, partner: str) -> list[str]:
    paths = [p for p, item in document["paths"].items() if "get" in item and ("export" in p or p.endswith(".csv"))]
    listed = [p for p in paths if not any(word in p for word in OF_ONE)]
    listed = [p.replace("{partner_id}", partner) for p in listed]
    return [q for p in listed for q in ([p.replace("{kind}", k) for k in KINDS] if "{kind}" in p else [p])]


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
            found = exports(json.loads(admin.get("/api/openapi.json").text), made.json()["id"])
            assert len(found) >= 15, found
            for path in found:
                answer = admin.get(path)
                assert answer.status_code == 200, (path, answer.text)
                assert answer.headers["content-type"] == "text/csv; charset=utf-8", path
                number, who = mark_of(answer.text)
                assert who == name and f"-E{number}.csv" in answer.headers["content-disposition"], path
                lines = admin.get("/api/v1/audit", params={"limit": 1}).json()["items"]
                assert lines[0]["id"] == number and lines[0]["action"].endswith(".exported"), (path, lines[0])
            chinese = admin.get("/api/v1/export/hydrants", params={"encoding": "gb18030"})
            assert chinese.headers["content-type"] == "text/csv; charset=gb18030"
            assert "导出" in chinese.content.decode("gb18030")
            text = admin.get("/api/v1/export/hydrants").content
            again = admin.post("/api/v1/imports/hydrants", files={"file": ("h.csv", text)})
            assert again.status_code == 201, again.text
    finally:
        assert platform.stop() == 0
