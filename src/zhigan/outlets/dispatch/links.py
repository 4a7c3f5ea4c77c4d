"""Addresses that open one floor plan without an account, until a time; nobody can make one but us.

Enters: the vault, the platform's public address. Leaves: an address; whether one holds. Absent: the bytes.
"""

import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

from zhigan.access.vault import Vault

LASTS = timedelta(hours=48)
PATH = "/api/v1/dispatch/plans"


class Links:
    def __init__(self, vault: Vault, base: str) -> None:
        self._vault = vault
        self._base = base.rstrip("/")

    def of(self, plan_id: str, now: datetime) -> str:
        until = int((now + LASTS).timestamp())
        return f"{self._base}{PATH}/{plan_id}?{urlencode({'until': until, 'key': self._key(plan_id, until)})}"

    def holds(self, plan_id: str, until: int, key: str, now: datetime) -> bool:
        return hmac.compare_digest(self._key(plan_id, until).encode(), key.encode()) and now.timestamp() <= until

    def _key(self, plan_id: str, until: int) -> str:
        return self._vault.digest(f"dispatch plan {plan_id} {until}").hex()[:40]
