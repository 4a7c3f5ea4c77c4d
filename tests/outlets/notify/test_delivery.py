"""Providers that fail in every way: nobody is told twice by a way that cannot be repeated, nothing is lost."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest

from support.providers import Providers
from support.telling import Telling
from zhigan.bus import log
from zhigan.bus.log import Event
from zhigan.bus.positions import EVENTS, position
from zhigan.outlets.notify import texts
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.model import Message, Notice, Purpose, Way, Who
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.worker import READER, Courier
from zhigan.protocols.couriers.model import Said
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade, Kind

CONTROL, MANAGER = "13900000002", "13900000001"
SITE = (("control_room", CONTROL),)


async def burns(telling: Telling) -> None:
    school = await telling.site(contacts=SITE)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()


def sms_calls(providers: Providers, provider: str) -> int:
    return sum(call == f"{provider}:SendSms" for call in providers.calls)


@pytest.mark.parametrize("mode", ["refused", "limited"])
async def test_what_was_surely_not_taken_goes_to_the_second_provider_at_once(telling: Telling, mode: str) -> None:
    telling.providers.modes["aliyun-sms"] = mode
    await burns(telling)
    assert [t.provider for t in telling.texts(CONTROL)] == ["tencent"]


@pytest.mark.parametrize("mode", ["broken", "malformed", pytest.param("silent", marks=pytest.mark.impatient)])
async def test_what_may_have_been_taken_is_asked_about_before_anybody_repeats(telling: Telling, mode: str) -> None:
    telling.providers.modes["aliyun-sms"] = mode
    await burns(telling)
    assert telling.texts(CONTROL) == [] and sms_calls(telling.providers, "aliyun-sms") == 1
    assert len(telling.calls(CONTROL)) == 1, "the other way is open meanwhile"
    await telling.passes(29)  # asked after 5 s and 25 s: it has none, twice
    assert [t.provider for t in telling.texts(CONTROL)] == ["tencent"]
    assert sms_calls(telling.providers, "aliyun-sms") == 1


@pytest.mark.impatient
async def test_what_was_taken_without_an_answer_is_found_and_never_repeated(telling: Telling) -> None:
    telling.providers.modes["aliyun-sms"] = "swallowed"
    await burns(telling)
    assert len(telling.texts(CONTROL)) == 1
    telling.providers.modes.clear()
    await telling.passes(29)
    assert len(telling.texts(CONTROL)) == 1, "the query found it"
    [incident] = await telling.city.desk()
    states = [n["state"] for n in await telling.proof(incident) if n["channel"] == "sms"]
    assert states == ["delivered"]


async def test_a_crash_between_marking_and_calling_loses_and_doubles_nothing(telling: Telling) -> None:
    school = await telling.site(contacts=SITE)
    await school.head(floor=3, point=1).smokes()
    courier, pool = telling.courier, telling.city.web.pool
    while await courier.read():
        pass
    delivery = telling.desk.delivery
    await delivery._claim(64)  # marked and committed; the process dies here
    assert telling.providers.taken == []
    reborn = Delivery(pool, telling.city.clock, telling.desk.choice.channels, telling.desk.planner)
    telling.courier = Courier(pool, telling.city.clock, telling.desk.planner, reborn)
    await telling.courier.begin()
    await telling.carries()
    await telling.passes(30)
    assert len(telling.texts(CONTROL)) == 1, "the query says that it was not taken: it goes out now"


async def test_all_providers_down_for_an_hour(telling: Telling) -> None:
    """Nothing lost, nothing twice; the way that is open is used at once."""
    telling.providers.modes |= dict.fromkeys(("aliyun-sms", "tencent"), "limited")
    await burns(telling)
    assert len(telling.calls(CONTROL)) == 1 and telling.texts() == []
    await telling.passes(3600, step=60)
    assert telling.texts() == []
    telling.providers.modes.clear()
    await telling.passes(310, step=10)
    [incident] = await telling.city.desk()
    waiting = [n for n in await telling.proof(incident) if n["channel"] == "sms" and n["state"] == "waiting"]
    assert waiting == [], "what waited went out, merged"
    texts = telling.texts(CONTROL)
    assert 1 <= len(texts) <= 3 and len({t.request for t in texts}) == len(texts)


async def test_a_webhook_that_fails_is_repeated_under_its_own_id(telling: Telling) -> None:
    telling.providers.modes["webhook"] = "broken"
    await burns(telling)
    await telling.passes(30)
    telling.providers.modes.clear()
    await telling.passes(120)
    ids = [t.request for t in telling.providers.of("webhook")]
    assert len(ids) == len(set(ids)) >= 1


async def test_a_storm_is_merged_and_never_dropped(telling: Telling) -> None:
    """Many places, one control room: few messages, and every incident is in one of them."""
    sites = [await telling.site(name=f"联动单位{n}", contacts=SITE) for n in range(12)]
    for site in sites:
        await site.head(floor=1, point=1).smokes()
    await telling.carries()
    await telling.passes(30)
    assert len(telling.calls(CONTROL)) == 1 and len(telling.texts(CONTROL)) <= 3
    assert "12" in telling.calls(CONTROL)[0].values["place"] or "起" in telling.calls(CONTROL)[0].values["place"]
    for row in await telling.city.desk():
        told = {n["channel"]: n["state"] for n in await telling.proof(row) if n["person"] == "control_room1"}
        assert told.get("sms") in ("sent", "delivered"), told


CONTRACT = [
    ("ok", "taken"),
    ("refused", "refused"),
    ("limited", "limited"),
    ("broken", "unknown"),
    ("malformed", "unknown"),
    pytest.param("silent", "unknown", marks=pytest.mark.impatient),
]


def message(telling: Telling, way: Way, address: str) -> Message:
    now = telling.city.clock.now()
    notice = Notice(
        id=mint(telling.city.clock), incident=mint(telling.city.clock), step="II.site", grade=Grade.II, holder="h",
        person="p", role=Who.CONTROL_ROOM, channel=way, address=address, place_key="k", purpose=Purpose.ALARM,
        due_at=now, tried=(), attempts=0, kind=Kind.FIRE, unit_name="吉州一中", place="3层", opened_at=now,
    )  # fmt: skip
    return Message(
        notice=notice, request=notice.id.replace("-", ""), title=texts.title([notice]), text=texts.text([notice]),
        values=texts.values([notice]), incidents=(notice.incident,), now=now,
    )  # fmt: skip


ADDRESSES = {Way.ROBOT: "ding:0", Way.WEBHOOK: "hook"}


@pytest.mark.parametrize(("mode", "said"), CONTRACT)
async def test_every_channel_says_what_is_known(telling: Telling, mode: str, said: str) -> None:
    """One table of answer → may it be repeated: the contract over all that is configured."""
    names = ("aliyun-sms", "aliyun-voice", "tencent", "webhook", "ding")
    telling.providers.modes = dict.fromkeys(names, mode)
    outside = [c for channels in telling.desk.choice.channels.values() for c in channels if c.way is not Way.APP]
    assert len(outside) >= 5
    answers = {
        f"{c.way}/{c.name}": (await c.send(message(telling, c.way, ADDRESSES.get(c.way, CONTROL)))).said.value
        for c in outside
    }
    assert set(answers.values()) == {said}, answers
    assert telling.providers.forged == [], "every signature held"


async def test_a_provider_that_is_not_there_was_surely_not_reached(telling: Telling) -> None:
    nowhere = "http://127.0.0.1:9"
    gone = msgspec.structs.replace(telling.desk.settings, aliyun_url=nowhere, tencent_url=nowhere)
    desk = Desk(telling.city.web.pool, telling.city.clock, gone)
    for channel in (*desk.choice.channels[Way.SMS], *desk.choice.channels[Way.VOICE]):
        assert (await channel.send(message(telling, channel.way, CONTROL))).said is Said.UNREACHED
    await desk.close()


class Stumbling(Planner):
    """A planner that cannot work one incident, whatever is done."""

    def __init__(self, telling: Telling, poison: set[str]) -> None:
        names = telling.desk.choice.names()
        super().__init__(names, telling.desk.choice.posts)
        self._poison = poison

    async def follow(self, conn: Connection, events: Sequence[Event], now: datetime) -> list[Draft]:
        if any(e.subject in self._poison for e in events):
            raise LookupError("poison")
        return await super().follow(conn, events, now)


async def test_one_incident_that_cannot_be_worked_keeps_nobody_else_from_being_told(telling: Telling) -> None:
    bad = await telling.site(name="毒单位", contacts=(("control_room", MANAGER),))
    await bad.head(floor=1, point=1).smokes()
    good = await telling.site(name="好单位", contacts=SITE)
    await good.head(floor=1, point=1).smokes()
    first = next(r for r in await telling.city.desk() if r.view.unit is not None and r.view.unit.name == "毒单位")
    planner = Stumbling(telling, {first.id})
    telling.courier = Courier(telling.city.web.pool, telling.city.clock, planner, telling.desk.delivery)
    await telling.carries()
    assert len(telling.calls(CONTROL)) == 1 and telling.calls(MANAGER) == []


async def test_a_courier_that_begins_for_the_first_time_passes_over_what_is_old(telling: Telling) -> None:
    old = await telling.site(name="旧警", contacts=(("control_room", MANAGER),))
    await old.head(floor=1, point=1).smokes()
    async with telling.city.web.pool.acquire() as conn:
        last = await log.last(conn)
        telling.city.clock.advance(7200)
        await telling.courier.begin()
        assert await position(conn, READER, EVENTS) == last > 0
    fresh = await telling.site(name="新警", contacts=SITE)
    await fresh.head(floor=1, point=1).smokes()
    await telling.carries()
    assert telling.calls(CONTROL)
