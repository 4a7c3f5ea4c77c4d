"""The 1-3-5-minute clock on a real alarm, of each station by itself.

Enters: the owner's connection, the alarm with its family, `now`. Leaves: a clock a station that was told or whose
people answered: told by the first message that was handed out to it, steps by its own people's answers, never
another station's. Absent: who may ask (api.py), the minutes (rules.py).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.desks.stations import rules
from zhigan.desks.stations.model import StationTurnout, TurnoutStep
from zhigan.desks.stations.store import SQL
from zhigan.incidents import responses
from zhigan.incidents.model import Answer
from zhigan.runtime.pg import Connection

WORDS: dict[Answer, TurnoutStep] = {
    Answer.ACKNOWLEDGED: "seen", Answer.ON_THE_WAY: "left", Answer.ARRIVED: "arrived",
    Answer.FIRE: "acting", Answer.NO_FIRE: "acting",
}  # fmt: skip
CALL = "call:"
"""How notify keys an answer that was pressed on a telephone: behind it stands the notification."""
PHONE, ACCOUNT = "phone:", "account:"


class _One(msgspec.Struct):
    told: datetime | None = None
    said: dict[TurnoutStep, datetime] = msgspec.field(default_factory=dict[TurnoutStep, datetime])


class _Named(msgspec.Struct, frozen=True):
    """Whose a telephone or an account is: a station's code; "": no station that is known."""

    own: str
    numbers: dict[str, str]
    accounts: dict[str, str]

    def told(self, r: Record) -> str:
        account = r["address"] if r["channel"] == "app" else r["holder"].removeprefix(ACCOUNT)
        if self.accounts.get(account):
            return self.accounts[account]
        number = r["holder"].removeprefix(PHONE) if r["holder"].startswith(PHONE) else ""
        if number in self.numbers:
            return self.numbers[number]
        return "" if account in self.accounts else self.own  # a unit's contact for "station" is of its own one


async def clocks(
    conn: Connection, own: str, family: Sequence[str], ended: datetime | None, now: datetime
) -> list[StationTurnout]:
    """`own`: the code of the station that the alarm's unit belongs to."""
    told, said = await conn.fetch(SQL.told, list(family)), await responses.listed(conn, family)
    named = await _named(conn, own, told, said)
    by_message = {r["id"]: named.told(r) for r in told}
    found: dict[str, _One] = {}
    for r in told:
        one = found.setdefault(by_message[r["id"]], _One())
        one.told = one.told or r["at"]
    for r in said:
        code, step = _whose(r, named, by_message), _step(r)
        if code is None or step is None:
            continue
        one = found.setdefault(code, _One())
        if step != "acting" or "arrived" in one.said:
            one.said.setdefault(step, r["said_at"])
    stations = {r["code"]: r for r in await conn.fetch(SQL.by_code, sorted(found))}
    order = sorted(found, key=lambda code: (code != own, found[code].told or now, code))
    return [_shown(stations.get(code), code not in ("", own), found[code], ended, now) for code in order]


def _whose(r: Record, named: _Named, by_message: dict[str, str]) -> str | None:
    """None: no station's people said it."""
    if _pressed(r):
        return by_message.get(r["key"].removeprefix(CALL))
    return named.accounts.get(r["account"]) if r["role"] == "station" else None


def _step(r: Record) -> TurnoutStep | None:
    """A key on a telephone shows that the call was heard; what it says of the place is not seen from there."""
    return "seen" if _pressed(r) else WORDS.get(Answer(r["kind"]))


def _pressed(r: Record) -> bool:
    """Taken down by the platform itself; a person may write what he likes into a key."""
    return r["role"] == "" and r["key"].startswith(CALL)


async def _named(conn: Connection, own: str, told: Sequence[Record], said: Sequence[Record]) -> _Named:
    ids = {r["account"] for r in said if r["role"] == "station"}
    ids |= {r["address"] for r in told if r["channel"] == "app"}
    ids |= {r["holder"].removeprefix(ACCOUNT) for r in told if r["holder"].startswith(ACCOUNT)}
    accounts = await conn.fetch(SQL.scopes, sorted(ids))
    numbers = {r["holder"].removeprefix(PHONE) for r in told if r["holder"].startswith(PHONE)}
    numbers |= {r["number"] for r in accounts if r["number"]}
    by_number: dict[str, str] = {}
    for r in await conn.fetch(SQL.by_number, sorted(numbers)) if numbers else []:
        if r["code"] == own or r["number"] not in by_number:
            by_number[r["number"]] = r["code"]
    of = {r["id"]: rules.of(r["scope"], by_number.get(r["number"], ""), own) for r in accounts}
    return _Named(own, by_number, of)


def _shown(station: Record | None, neighbour: bool, one: _One, ended: datetime | None, now: datetime) -> StationTurnout:
    return StationTurnout(
        id=None if station is None else station["id"], name="" if station is None else station["name"],
        neighbour=neighbour, clock=rules.clock(one.told, one.said, ended, now),
    )  # fmt: skip
