"""What the code on a sticker opens for anybody, without an account.

Enters: a code from an address. Leaves: the device in plain words; a problem reported, at most a few an hour, which
becomes a task for the people of the place. A picture may follow a report for half an hour. What is no code, or of no
device, is not found, and a device without a unit takes no report. Absent: anything of unit, place or person.
"""

import asyncio
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromPath, JSONBody, MultipartBody

from zhigan.bus import log
from zhigan.desks.upkeep import rules, store
from zhigan.desks.upkeep.model import NewReport, PublicDevice, Reported, Subject
from zhigan.incidents import work
from zhigan.incidents.model import PLATFORM, Actor
from zhigan.incidents.photos import ENVELOPE, MOST_PHOTO, PhotoForm, Shelved, picture
from zhigan.registry.refusals import an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, address
from zhigan.webapi.given import Db, Time
from zhigan.webapi.principal import Principal

Code: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
Asking: TypeAlias = Request[Any, Any, Any]


class PublicDevices(Controller):
    path = "/public/devices/{code:str}"
    tags = ("public",)
    opt = PUBLIC

    @get(operation_id="getPublicDevice")
    async def one(self, db: Db, clock: Time, code: FromPath[str]) -> PublicDevice:
        now = clock.now()
        async with db.owner() as conn:
            return await store.public(conn, found(await store.scanned(conn, code[:64], now)), code[:64].upper(), now)

    @post("/reports", operation_id="reportPublicDevice")
    async def report(
        self, request: Asking, db: Db, clock: Time, code: FromPath[str], data: JSONBody[NewReport]
    ) -> Reported:
        """Something is wrong with it: a task for the people of the place."""
        now, where = clock.now(), address(request)
        async with db.owner() as conn:
            device = found(await store.scanned(conn, code[:64], now))
            if not rules.public(device, "", (), now).reportable:
                raise problems.conflict("This device takes no reports: it is not in use, or belongs to no unit.")
            seconds = await store.wait_s(conn, device.id, where, now)
            if seconds:
                raise problems.Problem(
                    429, problems.TITLES[429], f"Try again in {seconds} seconds.",
                    headers={"Retry-After": str(seconds)},
                )  # fmt: skip
            id_ = mint(clock)
            written = await store.reported(conn, device, id_, data, where, now)
            await audit(conn, _somebody(where), now, "device.reported", device.id, {"kind": data.kind, "report": id_})
            await log.append(conn, written.drafts, to_micros(now))
        return Reported(id_)

    @post(
        "/reports/{report_id:str}/photo", status_code=204, operation_id="addPublicPhoto",
        request_max_body_size=MOST_PHOTO + ENVELOPE,
    )  # fmt: skip
    async def photo(
        self, request: Asking, db: Db, clock: Time, shelf: Shelved, code: FromPath[str], report_id: FromPath[str],
        data: MultipartBody[PhotoForm],
    ) -> None:  # fmt: skip
        """One picture to a report of the last half hour; it hangs on the task as well."""
        now = clock.now()
        async with db.owner() as conn:
            device = found(await store.scanned(conn, code[:64], now))
            await _open_report(conn, device, report_id, clock)
        content = await picture(data.file)
        sha256 = await asyncio.to_thread(shelf.keep, content[0])
        async with db.owner() as conn:
            incident = await _open_report(conn, device, report_id, clock)
            await conn.execute(store.SQL.picture_report, report_id, sha256, content[1])
            await work.hung(conn, incident, content, sha256, Actor("", PLATFORM), clock)
            await audit(conn, _somebody(address(request)), now, "device.report_photographed", device.id)


async def _open_report(conn: Connection, device: Subject, report: str, clock: Clock) -> str | None:
    row = await conn.fetchrow(store.SQL.open_report, an_id(report), clock.now() - rules.PHOTO_WITHIN)
    if row is None or row["device"] != device.id:
        raise problems.not_found()
    return row["incident"]


def _somebody(where: str) -> Principal:
    return Principal("", "", Role.PARTNER, Scope(), "", where)


handlers: list[type[Controller]] = [PublicDevices]
