"""The office's side of telling: channels and their tests, on-call hours, speech.

Channels and their tests are seen by whoever looks after the platform; on-call hours are changed by whoever changes the
registry, within the scope. What is said on the public-address system goes with the incident.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.types import ASGIApp

from zhigan.incidents.addressed import found, known
from zhigan.outlets.notify import duty, selftest, texts, views
from zhigan.outlets.notify.desk import Door, Told
from zhigan.outlets.notify.feed import Stream
from zhigan.outlets.notify.model import Way
from zhigan.outlets.notify.speech import Unspoken
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.roles import MEMBER_ROLES, REGISTRY_ROLES, Role
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import COOKIE, UNCOMPRESSED, address, bearer
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Keeper: TypeAlias = NamedDependency[SkipValidation[Door]]
LOOKERS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR, Role.OPERATOR, Role.LEAD})
TESTERS = frozenset({Role.ADMIN, Role.OPERATOR})
MOST_SHIFTS = 50
CHANGERS: dict[duty.Holding, frozenset[Role]] = {"contact": REGISTRY_ROLES, "member": MEMBER_ROLES}
NEEDS: dict[Way, tuple[str, ...]] = {
    Way.SMS: ("ZHIGAN_ALIYUN_KEY_ID", "ZHIGAN_ALIYUN_SMS_TEMPLATE", "ZHIGAN_TENCENT_KEY_ID"),
    Way.VOICE: ("ZHIGAN_ALIYUN_KEY_ID", "ZHIGAN_ALIYUN_VOICE_TEMPLATE"),
    Way.WECHAT: ("ZHIGAN_WECHAT_APP", "ZHIGAN_MINIPROGRAM_APP"),
    Way.PUSH: (
        "ZHIGAN_PUSH_HUAWEI_APP",
        "ZHIGAN_PUSH_XIAOMI_SECRET",
        "ZHIGAN_PUSH_OPPO_KEY",
        "ZHIGAN_PUSH_VIVO_APP",
    ),
    Way.WEBPUSH: ("ZHIGAN_WEBPUSH_SUBJECT",),
    Way.EMAIL: ("ZHIGAN_SMTP_URL",),
    Way.ROBOT: ("ZHIGAN_WECOM_ROBOTS", "ZHIGAN_DINGTALK_ROBOTS"),
    Way.WEBHOOK: ("ZHIGAN_WEBHOOK_URL", "ZHIGAN_WEBHOOK_SECRET"),
}


class Channels(Controller):
    path = "/notifications/channels"
    tags = ("notification",)

    @get(operation_id="listChannels")
    async def listed(self, principal: Caller, db: Db, desk: Told) -> Page[views.ChannelView]:
        """Which ways of telling people are set, and how their newest test went; what is not set names its settings."""
        if principal.role not in LOOKERS:
            raise problems.forbidden()
        async with db.owner() as conn:
            tests = {(r["channel"], r["provider"]): r for r in await conn.fetch(SQL.selftests)}
        shown: list[views.ChannelView] = []
        for way in (Way.APP, *NEEDS):
            listed = desk.choice.channels.get(way, [])
            shown += [views.channel(way, c.name, tests.get((way.value, c.name))) for c in listed]
            if not listed:
                shown.append(views.unset(way, NEEDS[way]))
        return Page(shown)

    @post("/{way:str}/{provider:str}/test", status_code=204, operation_id="testChannel")
    async def test(
        self, principal: Caller, db: Db, clock: Time, desk: Told, way: FromPath[str], provider: FromPath[str]
    ) -> None:
        """Now. Nothing is sent to anybody."""
        if principal.role not in TESTERS:
            raise problems.forbidden()
        every = [c for listed in desk.choice.channels.values() for c in listed]
        channel = next((c for c in every if (c.way, c.name) == (way, provider)), None)
        if channel is None:
            raise problems.not_found()
        await selftest.test_one(db.pool, channel, clock.now())
        async with db.owner() as conn:
            await audit(conn, principal, clock.now(), "channel.tested", f"{way} {provider}")


class NewShift(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly hours. `weekdays`: 1 is Monday; over midnight where `until` is not after `from_`. The replacement is told
    outside these hours."""

    weekdays: Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=7)]], msgspec.Meta(min_length=1, max_length=7)]
    from_minute: Annotated[int, msgspec.Meta(ge=0, le=1439)]
    until_minute: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    replacement_name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    replacement_phone: Annotated[str, msgspec.Meta(max_length=40, pattern=r"^\+?[0-9 ()-]*$")] = ""


class OnCall(Controller):
    path = "/on-call"
    tags = ("notification",)

    @get("/units/{unit_id:str}", operation_id="listUnitOnCall")
    async def of_unit(self, principal: Caller, db: Db, clock: Time, unit_id: FromPath[str]) -> Page[duty.OnCallView]:
        """The unit's contacts with their hours, and who is on call now."""
        async with db.bound(principal) as conn:
            if await conn.fetchval(SQL.visible_unit, known(unit_id)) is None:
                raise problems.not_found()
        async with db.owner() as conn:
            return Page(await duty.of_unit(conn, unit_id, clock.now()))

    @get("/organisations/{organisation_id:str}", operation_id="listHouseOnCall")
    async def of_house(
        self, principal: Caller, db: Db, clock: Time, organisation_id: FromPath[str]
    ) -> Page[duty.OnCallView]:
        """The organisation's people with their hours, and who is on call now."""
        async with db.bound(principal) as conn:
            if await conn.fetchval(SQL.visible_house, known(organisation_id)) is None:
                raise problems.not_found()
        async with db.owner() as conn:
            return Page(await duty.of_house(conn, organisation_id, clock.now()))

    @post("/contacts/{contact_id:str}", operation_id="addShift")
    async def add(
        self, principal: Caller, db: Db, clock: Time, contact_id: FromPath[str], data: JSONBody[NewShift]
    ) -> duty.ShiftView:
        return await _add(principal, db, clock, "contact", contact_id, data)

    @delete("/contacts/{contact_id:str}/{shift_id:str}", status_code=204, operation_id="removeShift")
    async def remove(
        self, principal: Caller, db: Db, clock: Time, contact_id: FromPath[str], shift_id: FromPath[str]
    ) -> None:
        await _remove(principal, db, clock, "contact", contact_id, shift_id)

    @post("/members/{member_id:str}", operation_id="addMemberShift")
    async def add_member(
        self, principal: Caller, db: Db, clock: Time, member_id: FromPath[str], data: JSONBody[NewShift]
    ) -> duty.ShiftView:
        return await _add(principal, db, clock, "member", member_id, data)

    @delete("/members/{member_id:str}/{shift_id:str}", status_code=204, operation_id="removeMemberShift")
    async def remove_member(
        self, principal: Caller, db: Db, clock: Time, member_id: FromPath[str], shift_id: FromPath[str]
    ) -> None:
        await _remove(principal, db, clock, "member", member_id, shift_id)


async def _add(
    principal: Principal, db: Database, clock: Clock, kind: duty.Holding, id_: str, data: NewShift
) -> duty.ShiftView:
    await _changeable(principal, db, kind, id_)
    made, holder, now = mint(clock), f"{kind}:{id_}", clock.now()
    async with db.owner() as conn:
        if await conn.fetchval(SQL.count_shifts, holder) >= MOST_SHIFTS:
            raise problems.conflict(f"There are {MOST_SHIFTS} shifts of this person already.")
        await conn.execute(
            SQL.add_shift, made, holder, sorted(set(data.weekdays)), data.from_minute, data.until_minute,
            data.replacement_name.strip(), data.replacement_phone.strip(), now, principal.name,
        )  # fmt: skip
        await audit(conn, principal, now, "on_call.changed", id_, data)
    return duty.ShiftView(id=made, **{f: getattr(data, f) for f in NewShift.__struct_fields__})


async def _remove(principal: Principal, db: Database, clock: Clock, kind: duty.Holding, id_: str, shift: str) -> None:
    await _changeable(principal, db, kind, id_)
    async with db.owner() as conn:
        if await conn.fetchval(SQL.remove_shift, known(shift), f"{kind}:{id_}") is None:
            raise problems.not_found()
        await audit(conn, principal, clock.now(), "on_call.changed", id_, {"removed": shift})


async def _changeable(principal: Principal, db: Database, kind: duty.Holding, id_: str) -> None:
    async with db.bound(principal) as conn:
        if not await duty.visible(conn, kind, known(id_)):
            raise problems.not_found()
    if principal.role not in CHANGERS[kind]:
        raise problems.forbidden()


class Speech(Controller):
    path = "/incidents/{incident_id:str}/speech.wav"
    tags = ("notification",)

    @get(opt={UNCOMPRESSED: True}, operation_id="sayIncident", media_type="audio/wav")
    async def say(
        self,
        principal: Caller,
        db: Db,
        desk: Told,
        incident_id: FromPath[str],
        audience: FromQuery[Literal["public", "desk"]] = "public",
    ) -> Response[bytes]:
        """What a public-address system announces, or a desk hears: Mandarin, by template; gas has its own words."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        unit, spot = row.place.unit_name, row.place.text
        if audience == "desk":
            text = texts.call(row.grade, row.kind, unit, spot)
        else:
            text = texts.announcement(row.kind, unit, spot)
        try:
            wav = await desk.speaker.say(text)
        except Unspoken as why:
            raise problems.Problem(503, problems.TITLES[503], str(why)) from why
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "private, max-age=300"})


class Live(Controller):
    path = "/notifications/live"
    tags = ("notification",)

    @get(opt={UNCOMPRESSED: True}, operation_id="followInbox", media_type="text/event-stream")
    async def follow(
        self, request: Request[Any, Any, Any], principal: Caller, db: Db, clock: Time, desk: Told, door: Keeper
    ) -> ASGIApp:
        """One's own notifications while the app is open; what was shown is delivered."""
        token, where = bearer(request) or request.cookies.get(COOKIE, ""), address(request)

        async def still() -> bool:
            return await door.authenticate(token, where) is not None

        return Stream(desk.feed, db, clock, principal.id, still)


handlers: list[type[Controller]] = [Channels, OnCall, Speech, Live]
