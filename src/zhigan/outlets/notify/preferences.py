"""What a person chose about being told: which way first, which not, and when the digest comes.

Enters: what the database keeps of an account. Leaves: the whole list, with what can reach the person at all. Grades I
and II keep two kinds of message whatever was switched off (rules.ways). Absent: HTTP.
"""

from typing import Annotated, NamedTuple

import msgspec

from zhigan.outlets.notify.audience import reachable
from zhigan.outlets.notify.model import Way, Who
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role

ORDER = (Way.VOICE, Way.SMS, Way.WECHAT, Way.PUSH, Way.APP, Way.WEBPUSH, Way.EMAIL)
USUAL_MINUTE = 8 * 60
DIGEST_ROLES = (Role.UNIT, Role.OWNER, Role.PROPERTY, Role.MAINTAINER)
"""Whose task grade IV is."""
Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """`on`: also at yellow and blue. `reaches`: is there an address, and does the platform have this way?"""

    way: Way
    on: bool
    reaches: bool = False


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`digest_minute`: of the day in Ji'an; null: no digest. `digest`: is one for this role at all?"""

    ways: list[Choice]
    digest_minute: Minute | None
    digest: bool = False


class Kept(NamedTuple):
    order: list[Way]
    off: list[Way]
    digest_minute: int | None


async def of(conn: Connection, account: str, role: Role, open_ways: frozenset[Way]) -> Wish:
    kept = await _kept(conn, account)
    phone = await conn.fetchval(SQL.own_phone, account) or ""
    has = {way for way, _ in reachable("", phone, Who.DESK, 0).ways} | {Way.APP}
    has |= {Way(r["channel"]) for r in await conn.fetch(SQL.ways_of, account)}
    ways = [Choice(way=way, on=way not in kept.off, reaches=way in has and way in open_ways) for way in kept.order]
    return Wish(ways=ways, digest_minute=kept.digest_minute, digest=role in DIGEST_ROLES)


async def _kept(conn: Connection, account: str) -> Kept:
    rows = await conn.fetch(SQL.preferences, [account])
    if not rows:
        return Kept(list(ORDER), [], USUAL_MINUTE)
    order = [Way(way) for way in rows[0]["ways"]]
    order += [way for way in ORDER if way not in order]
    return Kept(order, [Way(way) for way in rows[0]["off"]], rows[0]["digest_minute"])
