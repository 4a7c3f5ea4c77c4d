"""The demo's administrator at the platform's own door: what comes by no import is set up as a person would.

Enters: where the platform listens and the password. Leaves: a client that is signed in, or None where the administrator
cannot sign in any more (another password, a second factor): then everything stays as it is.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from zhigan.runtime.settings import Settings

PATIENCE_S = 20.0


@asynccontextmanager
async def signed_in(chosen: Settings, password: str) -> AsyncGenerator[httpx.AsyncClient | None]:
    async with httpx.AsyncClient(base_url=f"http://{chosen.http}/api/v1", timeout=PATIENCE_S) as admin:
        entered = await admin.post("/login", json={"username": "admin", "password": password})
        token = entered.json().get("token") if entered.status_code in (200, 201) else None
        if token is None:
            yield None
            return
        admin.cookies.clear()
        admin.headers["authorization"] = f"Bearer {token}"
        yield admin
        await admin.post("/logout")
