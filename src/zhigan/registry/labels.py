"""设备码: the code on a device's sticker, by which anybody with a phone comes to its page.

Enters: a device, or what was scanned. Leaves: the code, or the device. A device whose serial is a code of GB/T 45839,
Annex B carries that; every other one gets ten random characters (50 bits: nobody guesses one), made when its sticker
is first printed, and kept for as long as the device exists. Absent: who may see what of the device.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import device_codes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_MISREAD = str.maketrans("ILO", "110")


def fresh() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read(typed: str) -> str | None:
    """A code of ours as people type it; None where it is none."""
    code = "".join(c for c in typed.upper() if c not in " -").translate(_MISREAD)
    return code if len(code) == LENGTH and all(c in ALPHABET for c in code) else None


def annex_b(serial: str, today: date) -> str | None:
    """The serial in its printable spelling, where it is a code of Annex B."""
    if not device_codes.looks_like_code(serial):
        return None
    try:
        return device_codes.parse(serial, today).text
    except device_codes.CodeError:
        return None


async def find(conn: Connection, typed: str, today: date) -> str | None:
    """The device of that code; by a code of ours also one that is gone: its sticker may still hang there."""
    code = read(typed)
    if code is not None:
        return await conn.fetchval(SQL.device_of_label, code)
    spelt = annex_b(typed, today)
    return None if spelt is None else await conn.fetchval(SQL.device_of_serial, [spelt.upper(), typed.strip().upper()])


async def codes(conn: Connection, serials: Mapping[str, str], now: datetime, today: date) -> dict[str, str]:
    """Device → the code of its sticker; made here where there is none yet."""
    found = {device: spelt for device, serial in serials.items() if (spelt := annex_b(serial, today)) is not None}
    bare = [device for device in serials if device not in found]
    await conn.execute(SQL.make_labels, bare, [fresh() for _ in bare], now)
    return found | {str(r["device"]): r["code"] for r in await conn.fetch(SQL.labels, bare)}


async def known(conn: Connection, device: str) -> str | None:
    """The code that its sticker bears, if one was made."""
    row = await conn.fetchrow(SQL.labels, [device])
    return None if row is None else row["code"]
