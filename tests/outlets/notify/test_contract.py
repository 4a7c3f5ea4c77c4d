"""What every way of telling people promises, whoever carries it: the same promises over all of them.

The far side checks every signature by its own reckoning. A way that is added and not listed here fails the first test.
"""

import logging
from typing import NamedTuple

import msgspec
import pytest
import structlog

from outlets.notify.conftest import everything
from support.post import PASSWORD, Post
from support.providers import Providers
from support.telling import Telling
from zhigan.outlets.notify import store, texts
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.model import Draft, Message, Notice, Purpose, Way, Who
from zhigan.outlets.notify.ports import Channel
from zhigan.protocols.couriers import webpush
from zhigan.protocols.couriers.model import Said
from zhigan.runtime.ids import mint
from zhigan.runtime.secrets import Secret
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role


class Line(NamedTuple):
    """`far`: what the far side calls it; `proof`: does it give an id of its own?"""

    way: Way
    name: str
    far: str
    address: str
    proof: bool = True


PHONE = "13900000002"
LINES = (
    Line(Way.SMS, "aliyun", "aliyun-sms", PHONE),
    Line(Way.SMS, "tencent", "tencent", PHONE),
    Line(Way.VOICE, "aliyun", "aliyun-voice", PHONE),
    Line(Way.WECHAT, "official", "official", "openid-1"),
    Line(Way.WECHAT, "miniprogram", "miniprogram", "mini:openid-2"),
    Line(Way.PUSH, "huawei", "huawei", "huawei:token-huawei"),
    Line(Way.PUSH, "xiaomi", "xiaomi", "xiaomi:token-xiaomi"),
    Line(Way.PUSH, "oppo", "oppo", "oppo:token-oppo"),
    Line(Way.PUSH, "vivo", "vivo", "vivo:token-vivo"),
    Line(Way.WEBPUSH, "browser", "browser", "/push/one"),
    Line(Way.ROBOT, "robots", "wecom", "wecom:0", proof=False),
    Line(Way.ROBOT, "robots", "ding", "ding:0", proof=False),
    Line(Way.EMAIL, "smtp", "post", "somebody@example.org"),
    Line(Way.WEBHOOK, "webhook", "webhook", "hook"),
)
PEOPLES = [line for line in LINES if line.way not in (Way.ROBOT, Way.WEBHOOK, Way.WEBPUSH) and line.name != "tencent"]
"""Lines to persons, whose failure must fall to the next; a browser is an extra, Tencent the second of the same way."""


def channel(desk: Desk, line: Line) -> Channel:
    return next(c for c in desk.choice.channels[line.way] if c.name == line.name)


def address(telling: Telling, line: Line) -> str:
    return f"{telling.providers.url}{line.address}" if line.way is Way.WEBPUSH else line.address


def message(telling: Telling, line: Line) -> Message:
    now, id_ = telling.city.clock.now(), mint(telling.city.clock)
    notice = Notice(
        id=id_, incident=mint(telling.city.clock), step="II.site", grade=Grade.II, holder="h", person="p",
        role=Who.CONTROL_ROOM, channel=line.way, address=address(telling, line), place_key="k", purpose=Purpose.ALARM,
        due_at=now, attempts=0, kind=Kind.FIRE, unit_name="吉州一中", place="3层", opened_at=now,
    )  # fmt: skip
    return Message(
        notice=notice, request=id_.replace("-", ""), title=texts.title([notice]), text=texts.text([notice]),
        values=texts.values([notice]), incidents=(notice.incident,), now=now,
    )  # fmt: skip


async def subscribed(telling: Telling) -> str:
    """The browser registers, as its page does."""
    given = telling.providers.makers.browser.subscription(f"{telling.providers.url}/push/one")
    body = {"kind": "browser", "subscription": given, "name": "办公室"}
    return str((await telling.city.asks("/me/push", body, Role.LEAD))["id"])


def mode_all(telling: Telling, post: Post, mode: str) -> None:
    telling.providers.modes = {line.far: mode for line in LINES}
    post.mode = mode


async def said_by_all(telling: Telling, desk: Desk) -> dict[str, str]:
    return {
        f"{line.way}/{line.far}": (await channel(desk, line).send(message(telling, line))).said.value for line in LINES
    }


@pytest.mark.impatient
async def test_every_way_says_what_is_known_and_gives_proof(whole: Telling, post: Post) -> None:
    listed = {(c.way, c.name) for way in whole.desk.choice.channels.values() for c in way if c.way is not Way.APP}
    assert listed == {(line.way, line.name) for line in LINES} and {way for way, _ in listed} == set(Way) - {Way.APP}
    await subscribed(whole)
    for mode, said in (
        ("refused", "refused"),
        ("limited", "limited"),
        ("broken", "unknown"),
        ("malformed", "unknown"),
        ("silent", "unknown"),
    ):
        mode_all(whole, post, mode)
        answers = await said_by_all(whole, whole.desk)
        assert set(answers.values()) == {said}, (mode, answers)
        assert whole.providers.taken == [] and post.taken == []
    mode_all(whole, post, "ok")
    for line in LINES:
        answer = await channel(whole.desk, line).send(message(whole, line))
        assert answer.said is Said.TAKEN and bool(answer.id) is line.proof, line
    assert whole.providers.forged == [], "every signature held"
    assert len(whole.providers.taken) == len(LINES) - 1 and len(post.taken) == 1
    told = [t for t in whole.providers.taken if t.way in ("push", "webpush")]
    assert len(told) == 5 and all("火灾报警" in t.values["title"] for t in told)
    assert all(t.values["link"].startswith("intent://alarms/") for t in told if t.way == "push")


def wrong(telling: Telling, post: Post) -> Desk:
    """Every key is somebody else's."""
    right = everything(telling.providers.url, post.url)
    other = Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    secrets = {f: other for f in right.__struct_fields__ if f.endswith("_secret")}
    settings = msgspec.structs.replace(
        right, **secrets, wecom_robots=(other,), dingtalk_robots=(Secret("ding-token:another"),),
        smtp_url=Secret(post.url.replace(PASSWORD, "another")),
    )  # fmt: skip
    key = webpush.Key(bytes(31) + b"\x09")
    return Desk(telling.city.web.pool, telling.city.clock, settings, push_key=key)


def nowhere(telling: Telling) -> Desk:
    gone = "http://127.0.0.1:9"
    settings = everything(gone, "smtp://127.0.0.1:9")
    settings = msgspec.structs.replace(settings, webhook_url=f"{gone}/hook")
    return Desk(telling.city.web.pool, telling.city.clock, settings, push_key=whole_key(telling))


def whole_key(telling: Telling) -> webpush.Key:
    assert telling.desk.push_key is not None
    return telling.desk.push_key


async def test_the_standing_test_sees_wrong_keys_and_closed_doors_and_tells_nobody(whole: Telling, post: Post) -> None:
    await subscribed(whole)
    now = whole.city.clock.now()
    for line in LINES:
        assert (await channel(whole.desk, line).check(now)).said is Said.TAKEN, line
    app = whole.desk.choice.channels[Way.APP][0]
    assert (await app.check(now)).said is Said.TAKEN
    stranger = wrong(whole, post)
    for line in LINES:
        far = channel(stranger, line)
        assert (await far.send(message(whole, line))).said is Said.REFUSED, line
        if line.way is not Way.WEBPUSH:  # a push service knows a key only with a message
            assert (await far.check(now)).said is Said.REFUSED, line
    told = [t for t in whole.providers.taken if t.values]  # a webhook hears of its test, and of nothing else
    assert told == [] and post.taken == []
    away = nowhere(whole)
    for line in LINES:
        if line.way is not Way.WEBPUSH:  # its address is the subscription's own
            assert (await channel(away, line).send(message(whole, line))).said is Said.UNREACHED, line
            assert (await channel(away, line).check(now)).said is Said.UNREACHED, line
    await stranger.close()
    await away.close()


async def test_a_push_service_that_is_not_there_is_seen(whole: Telling) -> None:
    """A browser whose push service answers nobody: the standing test says so."""
    there = whole.providers.makers.browser.subscription("https://127.0.0.1:9/push/x")
    kept = msgspec.json.encode({"endpoint": there["endpoint"], **there["keys"]}).decode()
    account = await whole.city.web.account("somebody", Role.LEAD)
    await whole.city.web.pool.execute(
        "insert into notify.way (id, account, channel, address, detail, at) values ($1, $2, 'webpush', $3, $4, $5)",
        mint(whole.city.clock), account, there["endpoint"], kept, whole.city.clock.now(),
    )  # fmt: skip
    browser = whole.desk.choice.channels[Way.WEBPUSH][0]
    assert (await browser.check(whole.city.clock.now())).said is Said.UNREACHED


class Minded(NamedTuple):
    line: Line
    holder: str
    address: str


async def minded(telling: Telling, lines: list[Line], incidents: int = 1) -> list[Minded]:
    """Incidents whose own telling is over, and for each line a person with that way; a notification each, put down."""
    pool, now = telling.city.web.pool, telling.city.clock.now()
    for n in range(incidents):
        school = await telling.site(name=f"单位{n}", contacts=())
        await school.head(floor=3, point=1).smokes()
    await telling.carries()
    await pool.execute("update notify.chain set state = 'closed', next_at = null")
    burning = await pool.fetch("select incident, unit_id from notify.chain where kind = 'fire' order by incident")
    assert len(burning) == incidents
    await pool.execute("truncate notify.notification")
    telling.providers.calls.clear()
    telling.providers.taken.clear()
    told: list[Minded] = []
    drafts: list[Draft] = []
    for n, line in enumerate(lines):
        phone = f"139000001{n:02d}"
        account = await telling.city.web.account(f"minder{n}", Role.LEAD)
        await pool.execute("update access.account set phone = $2 where id = $1::uuid", account, phone)
        where = phone if line.address == PHONE else address(telling, line)
        if line.address != PHONE and line.way not in (Way.ROBOT, Way.WEBHOOK):
            await pool.execute(
                "insert into notify.way (id, account, channel, address, at) values ($1, $2, $3, $4, $5) "
                "on conflict (channel, address) do update set account = excluded.account",
                mint(telling.city.clock), account, line.way, where, now,
            )  # fmt: skip
        told.append(Minded(line, f"phone:{phone}", where))
        drafts += [
            Draft(
                id=mint(telling.city.clock), incident=str(r["incident"]), step="II.test", grade=Grade.II,
                holder=f"phone:{phone}", person=f"minder{n}", role=Who.LEAD, channel=line.way, address=where,
                place_key=str(r["unit_id"]), purpose=Purpose.ALARM, due_at=now,
            )
            for r in burning
        ]  # fmt: skip
    async with pool.acquire() as conn, conn.transaction():
        await store.put_down(conn, drafts, now)
    return told


async def states(telling: Telling, minder: Minded) -> dict[str, set[str]]:
    rows = await telling.city.web.pool.fetch(
        "select channel, state from notify.notification where holder = $1 and step = 'II.test'", minder.holder
    )
    found: dict[str, set[str]] = {}
    for r in rows:
        found.setdefault(r["channel"], set()).add(r["state"])
    return found


def sends(providers: Providers, post: Post, line: Line) -> int:
    if line.far == "post":
        return post.attempts
    action = {"aliyun-sms": ":SendSms", "tencent": ":SendSms", "aliyun-voice": ":IvrCall"}.get(line.far, "")
    return providers.calls.count(f"{line.far}{action}")


async def test_refused_is_final_and_falls_to_the_next_way(whole: Telling, post: Post) -> None:
    mode_all(whole, post, "refused")
    people = await minded(whole, PEOPLES)
    await whole.passes(900, step=30)
    for minder in people:
        found = await states(whole, minder)
        assert found[minder.line.way] == {"failed"}, minder
        assert found["app"] <= {"sent", "delivered"}, "what is left is the inbox"
        if minder.line.way not in (Way.SMS, Way.VOICE):  # to those the others fell
            assert sends(whole.providers, post, minder.line) == 1, minder


@pytest.mark.impatient
async def test_what_got_no_answer_is_not_said_again_by_what_cannot_tell(whole: Telling, post: Post) -> None:
    others = [line for line in LINES if line.way not in (Way.SMS, Way.WEBHOOK)]
    await subscribed(whole)
    mode_all(whole, post, "swallowed")
    await minded(whole, others)
    await whole.passes(2400, step=60)
    counted = {line.far: sends(whole.providers, post, line) for line in others}
    extra = {"aliyun-voice"}  # to it the others fall, each person once
    assert {far for far, count in counted.items() if count != 1} <= extra, counted
    calls = [t.to for t in whole.providers.of("voice")]
    assert len(calls) == len(set(calls))


async def test_limits_merge_and_never_drop(whole: Telling, post: Post) -> None:
    await subscribed(whole)
    mode_all(whole, post, "limited")
    lines = [line for line in LINES if line.name != "tencent"]
    people = await minded(whole, lines, incidents=4)
    await whole.passes(600, step=30)
    assert whole.providers.taken == [] and post.taken == []
    mode_all(whole, post, "ok")
    await whole.passes(700, step=30)
    for minder in people:
        found = (await states(whole, minder))[minder.line.way]
        assert found <= {"sent", "delivered", "merged"}, (minder, found)
        if minder.line.way not in (Way.WEBHOOK, Way.SMS, Way.VOICE, Way.EMAIL):
            to = minder.address.partition(":")[2] if minder.line.way is Way.PUSH else minder.line.far
            taken = [t for t in whole.providers.taken if to in (t.to, t.provider)]
            assert len(taken) == 1 and "4起" in str(taken[0].values), "four incidents, one message"
    hooks = [t for t in whole.providers.of("webhook") if "4起" not in t.values["text"]]
    assert len({t.request for t in hooks}) >= 4, "a machine reads each by itself"


async def test_a_device_that_is_gone_is_dropped_and_another_way_is_found(whole: Telling, post: Post) -> None:
    lines = [line for line in LINES if line.way in (Way.PUSH, Way.WEBPUSH)]
    await subscribed(whole)
    mode_all(whole, post, "ok")
    whole.providers.modes |= {line.far: "gone" for line in lines}
    people = await minded(whole, lines)
    await whole.carries()
    for minder in people:
        found = await states(whole, minder)
        assert found[minder.line.way] == {"failed"}
        assert ("sms" in found) is (minder.line.way is Way.PUSH), "a browser is an extra"
    assert await whole.city.web.pool.fetchval("select count(*) from notify.way") == 0


@pytest.mark.impatient
async def test_no_secret_and_no_number_is_logged(whole: Telling, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await subscribed(whole)
    with structlog.testing.capture_logs() as logs:
        for mode in ("ok", "refused", "silent"):
            mode_all(whole, post, mode)
            await said_by_all(whole, whole.desk)
        stranger = wrong(whole, post)
        await said_by_all(whole, stranger)
        await stranger.close()
    own = [r for r in caplog.records if not r.name.startswith(("mail", "uvicorn"))]  # those are the far side's
    said = f"{logs} {[r.getMessage() for r in own]}"
    given = everything(whole.providers.url, post.url)
    values = [getattr(given, field) for field in given.__struct_fields__]
    secret = [v for value in values for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, Secret)]
    shown = [s.reveal() for s in secret] + whole.providers.makers.lent + list(whole.providers.tokens.values())
    assert len(shown) > 12
    assert [s for s in [*shown, PASSWORD, PHONE, whole_key(whole).raw.hex()] if s in said] == []
    assert [s for s in shown if s in repr(given)] == []
