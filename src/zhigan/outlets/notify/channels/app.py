"""The app: an inbox in our own database, live while the app is open.

Enters: messages. Leaves: a notification on `zhigan_notify` that the feed (feed.py) hears. The inbox holds the message
already, so that nothing is lost where nobody has the app open: it is "sent" then, and "delivered" when it was shown.
"""

from datetime import datetime

from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers.model import Answer, Receipt, Said
from zhigan.runtime.pg import UNAVAILABLE, Pool


class App:
    way, name, repeatable = Way.APP, "inbox", True

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        try:
            async with self._pool.acquire() as conn:
                await conn.execute(SQL.tell_app, f"{message.notice.address} {message.notice.id}")
        except UNAVAILABLE as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        return Answer(Said.TAKEN, message.notice.id)

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("it is our own", later=False)

    async def check(self, now: datetime) -> Answer:
        try:
            async with self._pool.acquire() as conn:
                await conn.fetchval(SQL.count_waiting, now)
        except UNAVAILABLE as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        return Answer(Said.TAKEN)
