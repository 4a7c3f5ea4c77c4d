"""Contacts prove by themselves that they can be reached: asked without an incident, by a text with a link or by a call
that wants a key, by day, so many a day and spread over it; one message a number, however many units it stands in.

Enters: contacts whose 90 days end soon, receipts, answers of the page. Leaves: a row an asking (`notify.proof`), proofs
and dead numbers in the registry, rows of attention for who cannot be reached. A message is kept as handed before it
goes out and is never repeated: after a crash it counts as asked. Absent: alarms (delivery.py), the page (web/mobile).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from asyncpg import Record

from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.outlets.notify import proof_rules
from zhigan.outlets.notify.channels.aliyun import AliyunSms, AliyunVoice
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.channels.tencent import TencentSms
from zhigan.outlets.notify.model import Told, Way
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers.model import Answer, Outcome, Receipt, Said
from zhigan.registry import reaching
from zhigan.registry.reaching import ToAsk
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection, Pool
from zhigan.runtime.settings_notify import NotifySettings
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import DIMENSIONS, Owned

AT_ONCE = 20
REST = timedelta(minutes=10)
"""After a provider took nothing."""
RETRY = timedelta(days=3)
"""Whom the provider refused is asked again."""
OPENED_AT_ONCE, MOST_STANDING = 20, 500
"""Rows of attention: so many a pass, and so many in all; the rest stands in the list of contacts."""
NEW_UNIT = timedelta(days=14)
"""A unit that was just entered may still be without contacts."""
TOKEN_BYTES = 16
DEAD, UNPROVEN, NOBODY = "contact_dead", "contact_unproven", "unit_unreachable"
WHYS = {DEAD: Why.CONTACT_DEAD, UNPROVEN: Why.CONTACT_UNPROVEN, NOBODY: Why.UNIT_UNREACHABLE}


class Asking(NamedTuple):
    id: str
    request: str
    token: str
    way: Way
    whom: ToAsk


class Asker:
    def __init__(self, pool: Pool, clock: Clock, choice: Choice, settings: NotifySettings) -> None:
        self._pool, self._clock, self._settings = pool, clock, settings
        self._sms = [(sms, template) for sms in choice.sms if (template := _template(sms, settings))]
        calls = bool(settings.aliyun_proof_call) and settings.aliyun_voice_keys != "no"
        voices = [c for c in choice.channels.get(Way.VOICE, ()) if calls and isinstance(c, AliyunVoice)]
        self._voice = voices[0] if voices else None
        self._rests_until: datetime | None = None

    async def ask(self) -> int:
        """Whose turn it is; how many were asked."""
        now = self._clock.now()
        if (not self._sms and self._voice is None) or (self._rests_until is not None and now < self._rests_until):
            return 0
        async with self._pool.acquire() as conn, conn.transaction():
            asked_today = await conn.fetchval(SQL.proofs_since, proof_rules.morning(now))
            room = min(AT_ONCE, proof_rules.quota(now, proof_rules.A_DAY) - asked_today)
            turns = await self._put_down(conn, room, now) if room > 0 else []
        for each in turns:
            await self._say(each)
        return len(turns)

    async def _put_down(self, conn: Connection, room: int, now: datetime) -> list[Asking]:
        until = now + proof_rules.LEAD
        turns: list[Asking] = []
        for whom in await reaching.to_ask(conn, until, room, fixed=self._voice is not None):
            texts = bool(self._sms) and proof_rules.mobile(whom.number)
            token = secrets.token_urlsafe(TOKEN_BYTES) if texts else ""
            way = Way.SMS if texts else Way.VOICE
            turns.append(Asking(mint(self._clock), mint(self._clock).replace("-", ""), token, way, whom))
        for each in turns:
            provider = self._sms[0][0].name if each.way is Way.SMS else "aliyun"
            await conn.execute(
                SQL.add_proof, each.id, each.whom.number, each.way.value, provider, each.request,
                digest(each.token) if each.token else None, now, now + proof_rules.GRACE,
            )  # fmt: skip
        await reaching.were_asked(conn, [t.whom.number for t in turns], now, until)
        return turns

    async def _say(self, asking: Asking) -> None:
        number, unit, now = asking.whom.number, proof_rules.short(asking.whom.unit_name), self._clock.now()
        if asking.way is Way.SMS:
            sms, template = self._sms[0]
            answer = await _text(sms, template, number, (unit, asking.token), asking.request, now)
        elif self._voice is not None:
            values = {"unit": unit}
            answer = await self._voice.dial(number, self._settings.aliyun_proof_call, values, asking.request, now)
        else:
            return
        await self._settle(asking, answer)

    async def _settle(self, asking: Asking, answer: Answer) -> None:
        now = self._clock.now()
        detail = f"{answer.code} {answer.text}".strip()[:100]
        taken = answer.said in (Said.TAKEN, Said.UNKNOWN)
        state = Told.SENT if answer.said is Said.TAKEN else Told.HANDED if taken else Told.FAILED
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(SQL.settle_proof, asking.id, state.value, answer.id, detail, now)
            if taken:
                return
            if proof_rules.gone(answer.code, answer.text):
                await reaching.dead(conn, asking.whom.number, now, detail, now)
            elif answer.said is not Said.REFUSED:  # too many at once, or nobody at the provider's door
                self._rests_until = now + REST
                await reaching.not_asked(conn, [asking.whom.number])

    async def lapse(self) -> None:
        """Who was asked and let the time pass; whom the provider refused is asked again."""
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            passed = [r["number"] for r in await conn.fetch(SQL.expire_proofs, now)]
            await reaching.lapse(conn, passed, now)
            refused = [r["number"] for r in await conn.fetch(SQL.forget_failed, now - RETRY, now)]
            await reaching.not_asked(conn, refused)

    async def watch(self) -> None:
        """Rows of attention: for each number that is dead or was not proven; one for a unit that nobody answers for."""
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            standing = {r["slot"] for r in await conn.fetch(SQL.reach_rows)}
            wrong = {r["slot"]: r for r in await conn.fetch(SQL.reach_wrong, now - NEW_UNIT, MOST_STANDING)}
            room = min(OPENED_AT_ONCE, MOST_STANDING - len(standing & wrong.keys()))
            fresh = [r for slot, r in wrong.items() if slot not in standing][: max(0, room)]
            over = sorted(standing - wrong.keys())
            for r in fresh:
                await conn.execute(SQL.add_reach_row, r["slot"], r["contact"], r["unit_id"])
            await conn.execute(SQL.remove_reach_rows, over)
            watched = [*(_watched(r) for r in fresh), *(_right(slot) for slot in over)]
            await attend(conn, watched, to_micros(now))


def _template(sms: AliyunSms | TencentSms, settings: NotifySettings) -> str:
    return settings.aliyun_proof_template if isinstance(sms, AliyunSms) else settings.tencent_proof_template


async def _text(
    sms: AliyunSms | TencentSms, template: str, number: str, values: tuple[str, str], request: str, now: datetime
) -> Answer:
    """The link's address stands in the template: providers take no address as a value, only its last part."""
    if isinstance(sms, AliyunSms):
        return await sms.text(number, template, {"unit": values[0], "code": values[1]}, request, now)
    return await sms.text(number, template, list(values), request, now)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def received(conn: Connection, provider: str, receipt: Receipt, now: datetime) -> bool:
    """A receipt of an asking; False: it is none. A key proves; that it was delivered does not."""
    row = await conn.fetchrow(SQL.proof_of_receipt, receipt.request, provider, receipt.id)
    if row is None:
        return False
    if receipt.key:
        await reaching.proven(conn, row["number"], now, "key")
        state = "proven"
    elif receipt.outcome is Outcome.FAILED:
        await failed(conn, row["number"], receipt, now, row["asked_at"])
        state = "sent"  # he was asked, and his time runs
    else:
        state = "delivered" if receipt.outcome is Outcome.DELIVERED else "sent"
    detail = f"{receipt.code} {receipt.text}".strip()[:100]
    await conn.execute(SQL.proof_reported, row["id"], state, detail, now)
    return True


async def failed(conn: Connection, number: str, receipt: Receipt, now: datetime, told_at: datetime) -> None:
    """Of an alarm's message too: the network may say that there is no such number."""
    if proof_rules.gone(receipt.code, receipt.text):
        await reaching.dead(conn, number, now, f"{receipt.code} {receipt.text}".strip(), told_at)


def _watched(r: Record) -> Watched:
    facts: dict[str, str | int | float] = {"unit": r["unit_name"], "person": r["name"], "said": r["said"]}
    return Watched(
        slot=r["slot"], wrong=True, reason=Reason(WHYS[r["flag"]], facts), flag=r["flag"],
        place=Place(
            unit_id=r["unit_id"], unit_code=r["unit_code"], unit_name=r["unit_name"], text=r["unit_name"], lon=r["lon"],
            lat=r["lat"], owned=Owned(**{name: r[name] for name in DIMENSIONS}),
        ),
    )  # fmt: skip


def _right(slot: str) -> Watched:
    return Watched(slot=slot, wrong=False, place=Place(), reason=Reason(Why.RESTORED), flag="")
