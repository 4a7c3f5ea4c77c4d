"""The standing self-test: every channel is asked now and then whether its path is whole, so that a broken one shows
before a fire.

Enters: channels, the clock, the pool. Leaves: a row a provider (`notify.selftest`), metrics, and an attention row while
one is broken; it closes by itself when the test is passed again. Nothing is sent to anybody. Absent: loops (worker.py).
"""

from datetime import datetime
from time import perf_counter

from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change, Ended, Opened, Outcome, Place, Reason, Why
from zhigan.outlets.notify import figures
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.planning import CHANNEL_FLAG
from zhigan.outlets.notify.ports import Channel
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers.model import Answer, Said
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_micros

PERIOD_S, BROKEN_S = 600.0, 60.0
"""Between two tests of all, and while one is broken; one that is asked for by hand comes at once."""


async def test_all(pool: Pool, choice: Choice, now: datetime) -> int:
    """How many are broken."""
    broken = 0
    for channels in choice.channels.values():
        for channel in channels:
            broken += not await test_one(pool, channel, now)
    return broken


async def test_one(pool: Pool, channel: Channel, now: datetime) -> bool:
    began = perf_counter()
    answer = await channel.check(now)
    spent = int((perf_counter() - began) * 1000)
    whole = answer.said is Said.TAKEN
    figures.up.labels(channel.way.value, channel.name).set(float(whole))
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(SQL.keep_selftest, channel.way.value, channel.name, now, whole, _said(answer), spent)
        changes = await _attention(conn, channel, whole, _said(answer), now)
        if changes:
            drafts = await incidents.apply(conn, changes, to_micros(now))
            await log.append(conn, drafts, to_micros(now))
    return whole


def _said(answer: Answer) -> str:
    return "" if answer.said is Said.TAKEN else " ".join(p for p in (answer.said, answer.code, answer.text) if p)[:200]


async def _attention(conn: Connection, channel: Channel, whole: bool, said: str, now: datetime) -> list[Change]:
    """One open row a channel, however often its test fails."""
    slot = f"channel:{channel.way}:{channel.name}"
    standing = await incidents.open_of_case(conn, [slot])
    micros = to_micros(now)
    reason = Reason(Why.CHANNEL_DOWN, {"channel": f"{channel.way} {channel.name}", "said": said})
    if whole:
        return [Ended(incident=s.id, outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=micros) for s in standing]
    if standing:
        return []
    return [
        Opened(
            incident=born(micros, slot), slot=slot, case_key=slot, locus=slot, grade=Grade.III, kind=Kind.LINK,
            place=Place(text=f"{channel.way} {channel.name}"), reasons=(reason,), at=micros, received_at=micros,
            alarms=(), flags=(CHANNEL_FLAG,),
        )
    ]  # fmt: skip
