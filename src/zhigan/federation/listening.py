"""The lower side hears what the platform above says: each word once, in the transaction that moves its number.

Enters: a signed answer to our question (the connection goes from here to there). Leaves: a line and a flag in the
incident, never a step: nothing above closes, moves or blocks what is here; a command for a device, where somebody here
permits that command, else its refusal. Absent: how words came to be put down (downward.py, at the upper side).
"""

import asyncio

import msgspec
import structlog

from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.commands import rules as command_rules
from zhigan.commands import store as commands
from zhigan.commands.model import Arguments, Past, Silence, SilenceBasis, State, Target
from zhigan.federation import figures, joining, store, wire
from zhigan.federation.model import ASKED, SPOKEN, CloudEvent, CommandAsked, ListenAsk, Self, Spoken, Upper
from zhigan.federation.sending import told_anew
from zhigan.federation.store import SQL
from zhigan.incidents.model import Actor
from zhigan.incidents.relayed import Word, relay
from zhigan.incidents.store import NoIncident
from zhigan.registry.copies import GATEWAY
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.outward import Outward, Unanswered, Unheard
from zhigan.runtime.pg import UNAVAILABLE, Connection, Pool
from zhigan.vocabulary.events import Draft

WAIT_S, ANSWER_S = 20, 40.0
PAUSE_S, LONGEST_PAUSE_S = 2.0, 15.0
SAID, ASKED_FLAG = "upper_said", "upper_asked"
PATH = "/api/v1/federation/peers"
_log = structlog.get_logger("federation.listening")


class Ear:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, outward: Outward) -> None:
        self._pool, self._clock, self._vault, self._outward = pool, clock, vault, outward

    # -- steps

    async def hear(self, wait_s: int = WAIT_S) -> int | None:
        """One question: how many words there were. None where nobody stands above, or nobody answers as he should."""
        async with self._pool.acquire() as conn:
            upper = await store.upper(conn, self._vault)
            me = await joining.own(conn, self._clock)
        if upper is None:
            return None
        body = wire.encode(ListenAsk(after=upper.down, wait_s=wait_s))
        headers = wire.signed(upper.secret, mint(self._clock), body, self._clock.now())
        url = f"{upper.url}{PATH}/{upper.id}/orders"
        try:
            reply = await self._outward.ask("POST", url, headers, body, wait_s + ANSWER_S)
        except (Unheard, Unanswered):
            return None
        if reply.status != 200 or not wire.holds(upper.secret, reply.headers, reply.body, self._clock.now()):
            figures.failed.labels("orders").inc()
            return None
        events = wire.batch(reply.body)
        at = upper.down
        for event in events:
            if int(event.sequence or 0) != at + 1:
                break  # doubled or torn: asked again from where we are
            await self._take(upper, me, event, at)
            at += 1
        return at - upper.down

    async def _take(self, upper: Upper, me: Self, event: CloudEvent, at: int) -> None:
        """A word that cannot be read or taken is passed over: it must not hold up the next one."""
        try:
            async with self._pool.acquire() as conn, conn.transaction():
                await self._moved(conn, upper, at)
                drafts = await self._work(conn, upper, me, event)
                await log.append(conn, drafts, self._clock.micros())
        except (wire.Unreadable, NoIncident, command_rules.Refusal, msgspec.ValidationError) as error:
            figures.failed.labels("unread").inc()
            _log.warning("a word from above was passed over", type=event.type, subject=event.subject, error=str(error))
            async with self._pool.acquire() as conn, conn.transaction():
                await self._moved(conn, upper, at)

    async def _moved(self, conn: Connection, upper: Upper, at: int) -> None:
        if await conn.fetchval(SQL.heard_down, upper.id, at) is None:
            raise RuntimeError("another process has heard it")

    async def _work(self, conn: Connection, upper: Upper, me: Self, event: CloudEvent) -> list[Draft]:
        if event.type == SPOKEN:
            return await self._spoken(conn, upper, wire.read(event.data, Spoken))
        if event.type == ASKED:
            return await self._asked(conn, upper, wire.read(event.data, CommandAsked))
        return []  # a newer platform's word

    async def _spoken(self, conn: Connection, upper: Upper, said: Spoken) -> list[Draft]:
        """A line. Whatever was done above is told here, and nothing else comes of it."""
        passed = _detail(said.detail)
        detail: dict[str, object] = {
            "upper": upper.platform,
            "platform": upper.name,
            "step": said.what,
            "who": said.who,
        }
        for name in ("note", "outcome", "cause", "basis", "ask"):
            if isinstance(value := passed.get(name), str):
                detail[name] = value[:2000]
        asks = said.what == "asked_below" or "ask" in detail
        word = Word(what="upper_asked" if asks else SAID, detail=detail, flag=ASKED_FLAG if asks else "")
        who = Actor(upper.name, f"{said.who} · {upper.name}")
        return [(await relay(conn, said.incident, word, who, self._clock.micros())).draft]

    async def _asked(self, conn: Connection, upper: Upper, asked: CommandAsked) -> list[Draft]:
        """A command as if somebody here had given it, if it is permitted; else its refusal goes up."""
        now = self._clock.micros()
        if await conn.fetchval(SQL.known_order, upper.id, asked.id) is not None:
            return []
        try:
            target, kind, arguments = await self._allowed(conn, upper, asked, now)
        except command_rules.Refusal as refusal:
            await conn.execute(SQL.add_order, upper.id, asked.id, None, "failed", str(refusal)[:300])
            return [told_anew({"command": [asked.id]}, now)]
        id_ = mint(self._clock)
        first = Past(now, State.PENDING, upper.name, "")
        draft = await commands.ask(conn, id_, target, kind.name, arguments, State.PENDING, first, "")
        await conn.execute(SQL.add_order, upper.id, asked.id, id_, "pending", "")
        return [draft]

    async def _allowed(
        self, conn: Connection, upper: Upper, asked: CommandAsked, now: int
    ) -> tuple[Target, command_rules.Kind, Arguments]:
        if asked.command not in upper.permits:
            raise command_rules.NotYours(f"The platform below does not permit the command {asked.command}.")
        kind = command_rules.kind_of(asked.command)
        arguments = command_rules.arguments_of(kind, _detail(asked.arguments))
        target = await commands.target(conn, asked.device)
        if target is None or target.gone or asked.expires_at <= now:
            raise command_rules.Impossible("The device has been replaced or retired.")
        if isinstance(arguments, Silence) and arguments.basis is SilenceBasis.BELOW_THRESHOLD:
            if target.gateway == GATEWAY:
                raise command_rules.Impossible("The device has been replaced or retired.")
            command_rules.below(target, await commands.measured(conn, target, now), now)
        return target, kind, arguments

    # -- loops

    async def run(self) -> None:
        """Until cancelled. Asked by every process that has this role; the number makes one of them take a word."""
        failures = 0
        while True:
            try:
                heard = await self.hear()
                failures = 0 if heard is not None else failures + 1
                await asyncio.sleep(min(LONGEST_PAUSE_S, PAUSE_S * failures))
            except (*UNAVAILABLE, RuntimeError, wire.Unreadable, ValueError) as error:
                _log.warning("the way down is heard again soon", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(PAUSE_S)


def _detail(text: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return {}
