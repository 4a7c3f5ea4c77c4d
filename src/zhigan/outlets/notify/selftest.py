"""The standing self-test: every channel is asked now and then whether its path is whole, so that a broken one shows
before a fire.

Enters: channels, the clock, the pool. Leaves: a row a provider (`notify.selftest`), metrics, and an attention row while
one is broken; it closes by itself when the test is passed again. Nothing is sent to anybody. Absent: loops (worker.py).
"""

from datetime import datetime
from time import perf_counter

from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.outlets.notify import figures
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.planning import CHANNEL_FLAG
from zhigan.outlets.notify.ports import Channel
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers.model import Answer, Said
from zhigan.runtime.pg import Pool
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
        name = f"{channel.way} {channel.name}"
        reason = Reason(Why.CHANNEL_DOWN, {"channel": name, "said": _said(answer)})
        slot = f"channel:{channel.way}:{channel.name}"
        watched = Watched(slot=slot, wrong=not whole, place=Place(text=name), reason=reason, flag=CHANNEL_FLAG)
        await attend(conn, [watched], to_micros(now))
    return whole


def _said(answer: Answer) -> str:
    return "" if answer.said is Said.TAKEN else " ".join(p for p in (answer.said, answer.code, answer.text) if p)[:200]
