"""Our own key of Web Push: from the settings, else made once and kept sealed in the database.

Enters: settings, the vault (access), the pool, the clock. Leaves: the key, or none, with a line in the log that says
why. Absent: the key anywhere but in memory and sealed.
"""

import secrets

import structlog

from zhigan.access.vault import Vault
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers import webpush
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings

NAME = "webpush"
_log = structlog.get_logger("outlets.notify")


async def webpush_key(pool: Pool, vault: Vault | None, settings: NotifySettings, clock: Clock) -> webpush.Key | None:
    """None: Web Push is not set, or its key was sealed by another machine's data folder."""
    if not settings.webpush_subject:
        return None
    if settings.webpush_secret is not None:
        return webpush.Key(webpush.decoded(settings.webpush_secret.reveal()))
    if vault is None:
        _log.warning("Web Push is off: there is no key that could open its key")
        return None
    async with pool.acquire() as conn:
        kept = await conn.fetchval(SQL.key, NAME)
        if kept is None:
            await conn.execute(SQL.keep_key, NAME, vault.seal(_new(), NAME), clock.now())
            kept = await conn.fetchval(SQL.key, NAME)
    raw = vault.open(bytes(kept), NAME)
    if raw is None:
        _log.warning("Web Push is off: its key was sealed elsewhere; set ZHIGAN_SECRET_KEY on all machines")
        return None
    return webpush.Key(raw)


def _new() -> bytes:
    """A number of the curve's order; one beyond it is as good as impossible, and is refused by the library."""
    while True:
        raw = secrets.token_bytes(webpush.KEY_BYTES)
        try:
            return webpush.Key(raw).raw
        except ValueError:
            continue
