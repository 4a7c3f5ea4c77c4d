"""What a person chose about being told: which way first, which not, when nothing rings, and when the digest comes.

Enters: what the database keeps of an account. Leaves: the whole list, with what can reach the person at all, and by
what grades I and II reach him all the same (rules.ways). Absent: HTTP.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import msgspec

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.audience import hours, reachable
from zhigan.outlets.notify.escalation_tables import LOUD
from zhigan.outlets.notify.model import Hours, Way, Who
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role
from zhigan.webapi.problems import FieldError

ORDER = (Way.VOICE, Way.SMS, Way.WECHAT, Way.PUSH, Way.APP, Way.WEBPUSH, Way.EMAIL)
USUAL_MINUTE = 8 * 60
LONGEST_QUIET = 12 * 60
"""Minutes: what is yellow waits for half a day at most."""
DIGEST_ROLES = (Role.UNIT, Role.OWNER, Role.PROPERTY, Role.MAINTAINER)
"""Whose task grade IV is."""
Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """`on`: also at yellow and blue. `reaches`: is there an address, and does the platform have this way?"""

    way: Way
    on: bool
    reaches: bool = False


class NotificationWish(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of the day in Ji'an. `digest_minute` null: no digest; `digest`: is one for this role at all? Between
    `quiet_from` and `quiet_until` nothing yellow or blue rings; both null: at any hour. `loud`: by what grades I and II
    reach one, whatever is switched off."""

    ways: list[Choice]
    digest_minute: Minute | None
    digest: bool = False
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    loud: list[Way] = []


class Kept(NamedTuple):
    order: list[Way]
    off: list[Way]
    digest_minute: int | None
    quiet: Hours | None


async def of(conn: Connection, account: str, role: Role, open_ways: frozenset[Way]) -> NotificationWish:
    kept = await _kept(conn, account)
    phone = await conn.fetchval(SQL.own_phone, account) or ""
    more = [(Way(r["channel"]), "") for r in await conn.fetch(SQL.ways_of, account)]
    by_phone = reachable("", phone, Who.DESK, 0, account)
    has = {way: "has" for way, _ in (*by_phone.ways, (Way.APP, account), *more)}
    person = msgspec.structs.replace(
        by_phone, ways=tuple(has.items()), order=tuple(kept.order), off=frozenset(kept.off)
    )
    return NotificationWish(
        ways=[Choice(way=way, on=way not in kept.off, reaches=way in has and way in open_ways) for way in kept.order],
        digest_minute=kept.digest_minute, digest=role in DIGEST_ROLES,
        quiet_from=kept.quiet.from_minute if kept.quiet else None,
        quiet_until=kept.quiet.until_minute if kept.quiet else None,
        loud=[way for way in rules.ways(LOUD, person, open_ways, loud=True) if way in rules.KINDS],
    )  # fmt: skip


def faults(wish: NotificationWish) -> Iterator[FieldError]:
    """Why it cannot be kept."""
    order = [each.way for each in wish.ways]
    if len(set(order)) != len(order) or not set(order) <= set(ORDER):
        yield FieldError("ways", "each way of a person once")
    if (wish.quiet_from is None) != (wish.quiet_until is None):
        missing = "quiet_until" if wish.quiet_until is None else "quiet_from"
        yield FieldError(missing, "is required where the other is given")
    elif wish.quiet_from is not None and wish.quiet_until is not None:
        lasts = (wish.quiet_until - wish.quiet_from) % rules.DAY_MINUTES
        if not 0 < lasts <= LONGEST_QUIET:
            yield FieldError("quiet_until", "quiet for at most 12 hours a day")


async def _kept(conn: Connection, account: str) -> Kept:
    rows = await conn.fetch(SQL.preferences, [account])
    if not rows:
        return Kept(list(ORDER), [], USUAL_MINUTE, None)
    order = [Way(way) for way in rows[0]["ways"]]
    order += [way for way in ORDER if way not in order]
    return Kept(order, [Way(way) for way in rows[0]["off"]], rows[0]["digest_minute"], hours(rows[0]))
