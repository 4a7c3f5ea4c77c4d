"""The demo's 119 command centre, connected the way an administrator connects one: over HTTP, with fresh secrets.

Enters: a signed-in administrator, the platform's address, where the centre will listen. Leaves: its program, None where
the platform would not take it. Absent: the centre itself (citysim).
"""

import secrets

import httpx

from zhigan.runtime.supervision import Program, python

NAME = "演示119指挥中心"


async def program(admin: httpx.AsyncClient, base: str, where: str) -> Program | None:
    ours, theirs = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    path = await _connected(admin, where, ours, theirs)
    if path is None:
        return None
    secret = {"CITYSIM_119_TOKEN": ours, "CITYSIM_119_FEEDBACK_TOKEN": theirs}
    return python("119", "citysim.centre119", "--listen", where, "--feedback", base + path, environment=secret)


async def _connected(admin: httpx.AsyncClient, where: str, ours: str, theirs: str) -> str | None:
    """The path by which its word comes in; a centre of an earlier run is told its new address."""
    listed = await admin.get("/dispatch/targets")
    there = next((t for t in listed.json().get("items", []) if t["name"] == NAME), None)
    body = {
        "name": NAME, "adapter": "json", "url": f"http://{where}", "proof": "bearer", "secret": ours,
        "feedback_proof": "bearer", "feedback_secret": theirs,
    }  # fmt: skip
    if there is None:
        made = await admin.post("/dispatch/targets", json=body)
    else:
        kept = {n: there[n] for n in ("areas", "answer_s", "receipt_s", "phone", "automatic", "enabled", "version")}
        made = await admin.put(f"/dispatch/targets/{there['id']}", json={**body, **kept})
    return made.json()["feedback_path"] if made.status_code in (200, 201) else None
