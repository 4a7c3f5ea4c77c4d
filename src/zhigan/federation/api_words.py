"""What goes down to a platform below, over HTTP: each word, whether it is there, and what came of it.

Enters: a platform below. Leaves: words, newest first: what people here did with its incidents, what they ask of it, and
commands for its devices; when it took them; for what was asked, how it stands now. Absent: how words are put down
(downward.py).
"""

from datetime import datetime

import msgspec
from asyncpg import Record
from litestar import Controller, get
from litestar.params import FromPath, FromQuery

from zhigan.commands import store as commands
from zhigan.commands.model import Command, State
from zhigan.federation import reach, wire
from zhigan.federation.model import ASKED, SPOKEN, CommandAsked, Spoken
from zhigan.federation.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.webapi import pages, problems
from zhigan.webapi.given import Caller, Db
from zhigan.webapi.pages import Page

NEWEST = 2**62


class WordView(msgspec.Struct, frozen=True, kw_only=True):
    """What goes down. `taken_at`: when the platform below had it. `what`: the step, or the command. `incident`: by its
    id here. `answer`: of a command its state; of what was asked, the incident's state there as it was told last. Before
    it is there, nothing answers it, save a command that ends on the way."""

    seq: int
    type: str
    subject: str
    made_at: datetime
    made_by: str
    taken_at: datetime | None
    what: str = ""
    note: str = ""
    incident: str | None = None
    answer: str = ""
    answer_detail: str = ""


class Words(Controller):
    path = "/federation/platforms/{platform_id:str}/words"
    tags = ("federation",)

    @get(operation_id="listFederationWords")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        platform_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[WordView]:
        """What goes down to it, newest first: whether it has it, and what came of it."""
        size, key = pages.limit(limit, usual=50), pages.decode(cursor, 1)
        if key is not None and not isinstance(key[0], int):
            raise problems.invalid("cursor", "the value of `next` in an earlier answer")
        before = NEWEST if key is None else int(key[0] or 0)
        async with db.owner() as conn:
            row = await reach.in_reach(conn, principal, platform_id)
            reach.reads(principal)
            rows = await conn.fetch(SQL.words_down, row["id"], before, size + 1)
            shown = {view.seq: view for view in await _views(conn, row["id"], rows[:size])}
        return pages.page(rows, size, lambda r: shown[r["seq"]], lambda r: [r["seq"]])


async def _views(conn: Connection, lower: str, rows: list[Record]) -> list[WordView]:
    said = {r["seq"]: wire.read(r["body"].encode(), Spoken) for r in rows if r["type"] == SPOKEN}
    asked = {r["seq"]: wire.read(r["body"].encode(), CommandAsked) for r in rows if r["type"] == ASKED}
    found = await conn.fetch(SQL.here_of, lower, [one.incident for one in said.values()])
    here = {r["there"]: (r["here"], r["state"]) for r in found}
    known = await commands.some(conn, [one.id for one in asked.values()])
    views: list[WordView] = []
    for r in rows:
        word = WordView(**{name: r[name] for name in ("seq", "type", "subject", "made_at", "made_by", "taken_at")})
        if (spoken := said.get(r["seq"])) is not None:
            word = _spoken(word, spoken, here)
        elif (order := asked.get(r["seq"])) is not None:
            word = _asked(word, order, known.get(order.id))
        views.append(word)
    return views


def _spoken(word: WordView, spoken: Spoken, here: dict[str, tuple[str, str]]) -> WordView:
    id_, state = here.get(spoken.incident, (None, ""))
    try:
        note = msgspec.json.decode(spoken.detail, type=dict[str, object]).get("note", "")
    except msgspec.DecodeError:
        note = ""
    answers = word.taken_at is not None and spoken.what == "asked_below"
    return msgspec.structs.replace(
        word, what=spoken.what, note=str(note), incident=id_, answer=state if answers else ""
    )


def _asked(word: WordView, asked: CommandAsked, known: Command | None) -> WordView:
    if known is None or (word.taken_at is None and known.state is State.SENT):
        return msgspec.structs.replace(word, what=asked.command)
    return msgspec.structs.replace(word, what=asked.command, answer=known.state.value, answer_detail=known.detail)


handlers: list[type[Controller]] = [Words]
