"""The phone's door: what somebody on site answers to an alarm.

Enters: an answer with the asker's own key. Leaves: the answer as it stands; the same key again is the same answer
(200), a new one 201. Outside one's scope there is no such incident (404, decided first). Absent: the desk's steps.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from zhigan.bus import log
from zhigan.incidents import answers, reading, responses, store, views
from zhigan.incidents.addressed import found, overtaken
from zhigan.incidents.model import Actor, Answer
from zhigan.incidents.rules import NotYours, Wanting
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_micros
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page


class ResponseBody(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: the asker's id of this answer; what is sent again with it counts once. `said_at`: when it was said, where
    it could be sent only later."""

    kind: Answer
    cause: Annotated[str, msgspec.Meta(max_length=8)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""
    said_at: datetime | None = None


class Responses(Controller):
    path = "/incidents/{incident_id:str}/responses"
    tags = ("incidents",)

    @get(operation_id="listIncidentResponses")
    async def listed(self, principal: Caller, db: Db, incident_id: FromPath[str]) -> Page[views.ResponseView]:
        """What the site answered, oldest first, that to merged incidents too."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            view = await reading.answers_of(conn, row)
        return Page(view)

    @post(operation_id="respondToIncident")
    async def respond(
        self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str], data: JSONBody[ResponseBody]
    ) -> Response[views.ResponseView]:
        """Acknowledged, on the way, arrived; it burns, or it does not; not there: send help."""
        if data.said_at is not None and data.said_at.tzinfo is None:
            raise problems.invalid("said_at", "a time with its offset (RFC 3339)")
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        response = answers.Response(
            kind=data.kind,
            cause=data.cause,
            note=data.note.strip(),
            key=data.key,
            said_at=None if data.said_at is None else to_micros(data.said_at),
        )
        actor, now = Actor(principal.id, principal.name, principal.role), clock.micros()
        async with db.owner() as conn:
            try:
                given = await responses.respond(conn, row.id, mint(clock), response, actor, now)
            except NotYours as error:
                raise problems.forbidden(str(error)) from error
            except Wanting as error:
                raise problems.invalid(error.field, error.expected) from error
            except store.Overtaken as late:
                raise await overtaken(conn, late) from late
            if given.draft is not None:
                told = {"kind": data.kind.value, "cause": data.cause, "note": response.note}
                await audit(conn, principal, clock.now(), "incident.responded", given.row.id, told)
                await log.append(conn, [given.draft], now)
        return Response(views.response(given.record), status_code=200 if given.draft is None else 201)


handlers: list[type[Controller]] = [Responses]
