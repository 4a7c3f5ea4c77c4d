"""The page of a contact's link: he says that it is he, without an account. The token is his: 128 random bits, for two
weeks, used up by one answer; whoever has it learns in which units the number stands, and no number.
"""

from typing import Annotated, Literal

import msgspec
from asyncpg import Record
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from zhigan.outlets.notify.reaching import digest
from zhigan.outlets.notify.store import SQL
from zhigan.registry import reaching
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems
from zhigan.webapi.authentication import PUBLIC
from zhigan.webapi.given import Db, Time

LONGEST_TOKEN = 64
NOT_HIM = "接收人称号码不对"
OPEN = frozenset({"handed", "sent", "delivered", "failed"})


class ProofPlace(msgspec.Struct, frozen=True):
    unit_name: str
    role: str


class ProofAsked(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `open` until it was answered."""

    state: Literal["open", "proven", "refused"]
    places: list[ProofPlace]


class ProofAnswer(msgspec.Struct, frozen=True):
    """`mine`: it is he; else the number is another's."""

    mine: Annotated[bool, msgspec.Meta(description="It is he.")]


class Proofs(Controller):
    path = "/public/contact-proofs"
    tags = ("notification",)

    @get("/{token:str}", opt=PUBLIC, operation_id="getContactProof")
    async def asked(self, db: Db, clock: Time, token: FromPath[str]) -> ProofAsked:
        """For which units the number of this link stands."""
        async with db.owner() as conn:
            row = await _found(conn, token, clock)
            return await _shown(conn, row)

    @post("/{token:str}", status_code=200, opt=PUBLIC, operation_id="answerContactProof")
    async def answer(self, db: Db, clock: Time, token: FromPath[str], data: JSONBody[ProofAnswer]) -> ProofAsked:
        """Once; a second answer changes nothing and is told the first."""
        now = clock.now()
        async with db.owner() as conn:
            row = await _found(conn, token, clock)
            if row["state"] in OPEN:
                if data.mine:
                    await reaching.proven(conn, row["number"], now, "link")
                else:
                    await reaching.dead(conn, row["number"], now, NOT_HIM, row["asked_at"])
                await conn.execute(SQL.answer_proof, row["id"], "proven" if data.mine else "refused", now)
                row = await _found(conn, token, clock)
            return await _shown(conn, row)


async def _found(conn: Connection, token: str, clock: Time) -> Record:
    row = await conn.fetchrow(SQL.proof_of_token, digest(token[:LONGEST_TOKEN]))
    if row is None or row["expires_at"] <= clock.now() or row["state"] == "expired":
        raise problems.not_found()
    return row


async def _shown(conn: Connection, row: Record) -> ProofAsked:
    if row["state"] not in OPEN:
        return ProofAsked(state=row["state"], places=[])
    places = await conn.fetch(SQL.contacts_of_proof, row["number"])
    return ProofAsked(state="open", places=[ProofPlace(r["unit_name"], r["role"]) for r in places])


handlers: list[type[Controller]] = [Proofs]
