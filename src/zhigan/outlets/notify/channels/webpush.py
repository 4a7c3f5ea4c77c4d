"""Web Push: an extra for whoever has the app in a browser. It never counts as proof.

Enters: our key (keys.py), a subject, the pool, where subscriptions stand. Leaves: a channel of the way `webpush`; an
address is the subscription's endpoint. A later message about one incident takes the earlier one's place (`topic`).
"""

import hashlib
import secrets
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import BESIDE, Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers import pushes, webpush
from zhigan.protocols.couriers.model import Answer, Receipt, Request, Said
from zhigan.runtime.pg import UNAVAILABLE, Pool

MOST_SERVICES = 5
MOST_TEXT = 600
"""Push services take 4,096 bytes with all that is around it."""


class WebPush:
    way, name, repeatable = Way.WEBPUSH, "browser", False

    def __init__(self, wire: Wire, pool: Pool, key: webpush.Key, subject: str) -> None:
        self._wire, self._pool, self._key, self._subject = wire, pool, key, subject

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        notice = message.notice
        try:
            async with self._pool.acquire() as conn:
                kept = await conn.fetchval(SQL.way_detail, Way.WEBPUSH, notice.address)
        except UNAVAILABLE as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        if kept is None:
            return Answer(Said.REFUSED, code="revoked")
        said = {
            "title": message.title, "body": pushes.fitted(message.text, MOST_TEXT),
            "incident": None if notice.purpose in BESIDE else notice.incident,
            "grade": notice.grade.name,
        }  # fmt: skip
        request = webpush.send(
            self._key, self._subject, msgspec.json.decode(kept, type=webpush.Subscription), msgspec.json.encode(said),
            topic_of(notice.incident), message.now, secrets.token_bytes(webpush.SALT_BYTES),
            ec.generate_private_key(ec.SECP256R1()),
        )  # fmt: skip
        try:
            reply = await self._wire.ask(request)
        except Failed as failed:
            return failed.answer
        return webpush.answer(reply.status, reply.headers.get("location", ""))

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("push services tell nothing afterwards", later=False)

    async def check(self, now: datetime) -> Answer:
        """Do the push services of the registered browsers answer at all? Without any, nothing is to be seen."""
        try:
            async with self._pool.acquire() as conn:
                kept = [str(r["address"]) for r in await conn.fetch(SQL.webpush_addresses, 200)]
        except UNAVAILABLE as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        parts = [urlsplit(address) for address in kept]
        for origin in sorted({f"{p.scheme}://{p.netloc}/" for p in parts})[:MOST_SERVICES]:
            try:
                await self._wire.ask(Request(method="GET", url=origin, headers={}))
            except Failed as failed:
                return Answer(failed.answer.said, code=failed.answer.code, text=urlsplit(origin).hostname or "")
        return Answer(Said.TAKEN)


def topic_of(incident: str) -> str:
    return hashlib.sha256(incident.encode()).hexdigest()[:32]
