"""The second factor in PostgreSQL: secrets that are handed out once, codes that open once, roles that must have one.

Enters: a connection in the caller's transaction (owner), what a person typed, the instant. Leaves: verdicts. Of
recovery codes only digests are kept; a secret leaves this room at its making and never again. Absent: counting guesses
(login.py).
"""

import base64
import hashlib
import secrets
from datetime import datetime

import msgspec

from zhigan.access import totp
from zhigan.access.store import SQL
from zhigan.access.vault import Vault
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role

RECOVERY_CODES = 10
_GROUPS = 4


class Factor(msgspec.Struct, frozen=True):
    """`sealed` by `key`; a key that is not the vault's cannot open it."""

    sealed: bytes
    key: str
    confirmed: bool


class SealedElsewhere(Exception):
    """The secret was sealed with a key that this machine does not hold."""


class Enrolment(msgspec.Struct, frozen=True):
    """What the phone's app needs: the drawing's text, and the same to be typed."""

    uri: str
    secret: str


async def of(conn: Connection, account: str) -> Factor | None:
    row = await conn.fetchrow(SQL.factor, account)
    return None if row is None else Factor(row["secret"], row["key"], row["confirmed_at"] is not None)


async def seal_all(conn: Connection, vault: Vault) -> int:
    """Rows from before secrets were sealed; how many there were."""
    rows = await conn.fetch(SQL.unsealed)
    for row in rows:
        await conn.execute(SQL.seal, row["account"], vault.seal(row["secret"], row["account"]), vault.key)
    return len(rows)


async def begin(conn: Connection, vault: Vault, account: str, name: str, now: datetime) -> Enrolment | None:
    """A fresh secret; None where a proven one stands, which is never shown or replaced in passing."""
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    if not await conn.fetchval(SQL.begin_factor, account, vault.seal(secret, account), vault.key, now):
        return None
    return Enrolment(totp.address(secret, name), totp.shown(secret))


async def confirm(conn: Connection, vault: Vault, account: str, code: str, now: datetime) -> list[str] | None:
    """The recovery codes, shown this once; None where the code is not the pending secret's."""
    found = await of(conn, account)
    if found is None or found.confirmed or not await _fresh(conn, vault, account, found, code, now):
        return None
    await conn.execute(SQL.confirm_factor, account, now)
    return await renew_codes(conn, account)


async def passes(conn: Connection, vault: Vault, account: str, code: str, now: datetime) -> str | None:
    """How it passed ("code" or "recovery"); None where it did not. A code that has opened once opens no more.

    Recovery codes open also where the secret itself cannot be read: `SealedElsewhere` comes only after them.
    """
    found = await of(conn, account)
    if found is None or not found.confirmed:
        return None
    if await conn.fetchval(SQL.use_code, account, _digest(code)):
        return "recovery"
    return "code" if await _fresh(conn, vault, account, found, code, now) else None


async def _fresh(conn: Connection, vault: Vault, account: str, factor: Factor, code: str, now: datetime) -> bool:
    secret = vault.open(factor.sealed, account) if factor.key == vault.key else None
    if secret is None:
        raise SealedElsewhere(account)
    step = totp.step_of(secret, "".join(code.split()), int(now.timestamp()))
    return step is not None and bool(await conn.fetchval(SQL.use_step, account, step))


async def renew_codes(conn: Connection, account: str) -> list[str]:
    """80 bits each: a plain digest is enough against whoever reads the table."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await conn.execute(SQL.forget_codes, account)
    await conn.execute(SQL.add_codes, account, [_digest(code) for code in codes])
    return codes


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(text[at : at + 4] for at in range(0, 4 * _GROUPS, 4))


def _digest(code: str) -> bytes:
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).digest()


async def remove(conn: Connection, account: str) -> bool:
    return bool(await conn.fetchval(SQL.remove_factor, account))


async def codes_left(conn: Connection, account: str) -> int:
    return await conn.fetchval(SQL.codes_left, account)


async def roles(conn: Connection) -> list[Role]:
    """Roles that do not enter without a second factor."""
    return [Role(r["role"]) for r in await conn.fetch(SQL.factor_roles)]


async def require(conn: Connection, wanted: list[Role], by: str, now: datetime) -> None:
    names = [role.value for role in wanted]
    await conn.execute(SQL.drop_factor_roles, names)
    await conn.execute(SQL.add_factor_roles, names, now, by)
