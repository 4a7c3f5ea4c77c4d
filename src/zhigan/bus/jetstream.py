"""The bus beyond one machine: NATS JetStream, one stream a lane, positions = stream sequences.

Enters: `publish`, one message a batch (several in one atomic batch where the server's payload limit asks for it); the
server must run with `sync_interval: always`, so that its acknowledgement means "on disk". Leaves: batches by direct
reads from a sequence, so a reader holds no state at the server; what this process published itself is given back as
the same objects. A publish whose answer was lost may have been stored: it is looked for in the stream, and repeated
under its message id, until one or the other is known. It is never refused on a guess: the device would send again, and
be counted twice. Lanes are logs of their own: a call with two may be refused after the first was kept (intake publishes
one lane a call). Absent: sharding by unit, and any consumer at the server.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoRespondersError

from zhigan.bus.signals import KEEP_SECONDS, Batch, BusCorrupt, BusRefused, PositionUnknown
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane, Signal

NEWEST: Final = "Zhigan-Newest"
MESSAGE_ID: Final = "Nats-Msg-Id"
BATCH_ID: Final = "Nats-Batch-Id"
NO_RESPONDERS: Final = "503"
MESSAGE_MAX: Final = 512 << 10
TAIL_BYTES: Final = 16 << 20
READ_BYTES: Final = 8 << 20
ANSWER_S: Final = 5.0
PATIENCE_S: Final = 20.0
LOOK_S: Final = 1.0
"""A reader that nobody woke looks for itself: another process's wake may be lost."""
PURGE_S: Final = 2.0
CORRUPT: Final = "this is not a batch of signals; the stream is not ours, or was written by something else"


log = structlog.get_logger("zhigan.bus")


class _Answer(msgspec.Struct):
    """PubAck, or any answer of the JetStream API, as far as it matters."""

    error: dict[str, Any] | None = None
    seq: int = 0
    batch_size: int = msgspec.field(name="count", default=1)
    state: dict[str, Any] | None = None


class _Shelf:
    """One lane as this process knows it."""

    def __init__(self, name: str, lane: Lane) -> None:
        self.stream = f"{name}_{lane.name}"
        self.subject = f"{name}.signals.{lane.name}".lower()
        self.wake = f"{name}.wake.{lane.name}".lower()
        self.last = 0
        self.newest = 0
        self.purged_at = 0.0
        self.tail: deque[tuple[Batch, int]] = deque()
        self.bytes = 0
        self.ages: deque[tuple[int, int]] = deque()  # (sequence, newest signal) of what may be purged one day
        self.moved = asyncio.Event()

    def put(self, batch: Batch, size: int) -> None:
        if self.tail and batch.position != self.tail[-1][0].position + 1:
            self.drop(self.tail[-1][0].position)
        self.tail.append((batch, size))
        self.bytes += size
        while self.bytes > TAIL_BYTES and len(self.tail) > 1:
            self.bytes -= self.tail.popleft()[1]
        self.reach(batch.position, batch.signals[-1].received_at)

    def reach(self, position: int, newest: int) -> None:
        self.ages.append((position, newest))
        self.newest = max(self.newest, newest)
        self.last = max(self.last, position)
        self.moved.set()

    def drop(self, upto: int) -> None:
        while self.tail and self.tail[0][0].position <= upto:
            self.bytes -= self.tail.popleft()[1]

    def after(self, position: int, limit: int) -> list[Batch]:
        found: list[Batch] = []
        count = 0
        for batch, _ in self.tail:
            if batch.position <= position:
                continue
            if not found and batch.position != position + 1:
                return []
            count += len(batch.signals)
            if found and count > limit:
                break
            found.append(batch)
        return found


class Stream:
    """Open with `await Stream.open(url)`."""

    def __init__(self, connection: Client, name: str) -> None:
        self._nc: Any = connection  # nats-py's own signatures are only half typed
        self._shelves = {lane: _Shelf(name, lane) for lane in Lane}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[Signal])
        self._answers = msgspec.json.Decoder(_Answer)
        self._closed = False

    @classmethod
    async def open(cls, url: str, *, name: str = "zhigan", limit_bytes: int = 8 << 30, replicas: int = 1) -> "Stream":
        connection = Client()
        await connection.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=1, name="zhigan bus")
        stream = cls(connection, name)
        try:
            for shelf in stream._shelves.values():
                await stream._ready(shelf, limit_bytes, replicas)
        except BusRefused:
            await stream.close()
            raise
        return stream

    async def publish(self, batches: Sequence[tuple[Lane, list[Signal]]]) -> dict[Lane, int]:
        self._check()
        told: dict[Lane, int] = {}
        for lane, signals in sorted(batches, key=lambda each: each[0]):
            shelf = self._shelves[lane]
            chunks = self._chunks(signals)
            first = await (self._single(shelf, *chunks[0]) if len(chunks) == 1 else self._atomic(shelf, chunks))
            for position, (part, body) in enumerate(chunks, first):
                shelf.put(Batch(position, part), len(body))
            told[lane] = shelf.last
            await self._nc.publish(shelf.wake, str(shelf.last).encode())
        return told

    async def read(self, lane: Lane, after: int, limit: int, timeout: float) -> list[Batch]:
        self._check()
        shelf = self._shelves[lane]
        if after > shelf.last and after > await self._look(shelf):
            raise PositionUnknown(f"{lane.name} was asked for what follows {after}, but ends at {shelf.last}")
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while True:
            shelf.moved.clear()
            found = shelf.after(after, limit) or await self._fetch(shelf, after, limit)
            left = until - loop.time()
            if found or left <= 0:
                return found
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_S)):
                    await shelf.moved.wait()

    async def forget(self, lane: Lane, upto: int) -> None:
        self._check()
        shelf = self._shelves[lane]
        shelf.drop(upto)
        cutoff = max(each.newest for each in self._shelves.values()) - KEEP_SECONDS * SECOND
        gone = 0
        while shelf.ages and shelf.ages[0][0] <= upto and shelf.ages[0][1] < cutoff:
            gone = shelf.ages.popleft()[0]
        now = asyncio.get_running_loop().time()
        if gone and now - shelf.purged_at >= PURGE_S:
            shelf.purged_at = now
            await self._api(f"STREAM.PURGE.{shelf.stream}", {"seq": gone + 1})

    async def recent(self, seconds: float) -> AsyncIterator[Batch]:
        newest = 0
        for shelf in self._shelves.values():
            for message in await self._direct(shelf, {"last_by_subj": shelf.subject}):
                newest = max(newest, _newest(message))
        for shelf in self._shelves.values():
            after = 0
            while messages := await self._direct(shelf, _range(shelf, after, 1000)):
                for message in messages:
                    after = _sequence(message)
                    if _newest(message) >= newest - int(seconds * SECOND):
                        yield self._decode(message)

    def last(self, lane: Lane) -> int:
        return self._shelves[lane].last

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            with contextlib.suppress(NatsError, OSError):
                await self._nc.close()

    def _check(self) -> None:
        if self._closed:
            raise BusRefused("the bus is closed")

    async def _ready(self, shelf: _Shelf, limit_bytes: int, replicas: int) -> None:
        """The stream, made when it is not there; its end; and being woken by other publishers."""
        wanted: dict[str, object] = {
            "name": shelf.stream,
            "subjects": [shelf.subject],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "max_bytes": limit_bytes,
            "num_replicas": replicas,
            "allow_direct": True,
            "allow_atomic": True,
            "duplicate_window": 120 * 1_000_000_000,
        }
        answer = await self._api(f"STREAM.INFO.{shelf.stream}", {})
        if answer.error is not None:
            answer = await self._api(f"STREAM.CREATE.{shelf.stream}", wanted)
        if answer.error is not None:
            raise BusRefused(f"JetStream refuses the stream {shelf.stream}: {answer.error.get('description')}")
        shelf.last = int((answer.state or {}).get("last_seq", 0))

        async def woken(message: Msg) -> None:
            position = int(message.data)
            if position > shelf.last:
                shelf.last = position
                shelf.moved.set()

        await self._nc.subscribe(shelf.wake, cb=woken)

    def _chunks(self, signals: list[Signal]) -> list[tuple[list[Signal], bytes]]:
        """As few messages as the server's payload limit allows."""
        body = self._encoder.encode(signals)
        most = min(MESSAGE_MAX, self._nc.max_payload - 1024)
        if len(body) <= most or len(signals) == 1:
            return [(signals, body)]
        half = len(signals) // 2
        return self._chunks(signals[:half]) + self._chunks(signals[half:])

    async def _single(self, shelf: _Shelf, signals: list[Signal], body: bytes) -> int:
        id_ = secrets.token_hex(12)
        headers = {MESSAGE_ID: id_, NEWEST: str(signals[-1].received_at)}

        async def attempt() -> int:
            return await self._ask(shelf.subject, body, headers)

        return await self._known(shelf, attempt, lambda: (MESSAGE_ID, id_))

    async def _atomic(self, shelf: _Shelf, chunks: list[tuple[list[Signal], bytes]]) -> int:
        """All the chunks or none (Nats-Batch headers); the first one's sequence."""
        batch = ""

        async def attempt() -> int:
            nonlocal batch
            batch = secrets.token_hex(12)
            for number, (signals, body) in enumerate(chunks[:-1], 1):
                headers = {BATCH_ID: batch, "Nats-Batch-Sequence": str(number), NEWEST: str(signals[-1].received_at)}
                await self._nc.publish(shelf.subject, body, headers=headers)
            signals, body = chunks[-1]
            headers = {BATCH_ID: batch, "Nats-Batch-Sequence": str(len(chunks)), NEWEST: str(signals[-1].received_at)}
            return await self._ask(shelf.subject, body, {**headers, "Nats-Batch-Commit": "1"}) - len(chunks) + 1

        return await self._known(shelf, attempt, lambda: (BATCH_ID, batch))

    async def _known(
        self, shelf: _Shelf, attempt: Callable[[], Awaitable[int]], mark: Callable[[], tuple[str, str]]
    ) -> int:
        """The sequence of what `attempt` stores, once: after a lost answer the stream is asked before trying again.

        Refused is only what the server refuses, or what was never on its way.
        """
        before = shelf.last
        until = asyncio.get_running_loop().time() + PATIENCE_S
        sent = False
        while True:
            self._check()
            before_this = sent
            late = asyncio.get_running_loop().time() >= until
            try:
                if self._nc.is_connected:
                    found = await self._find(shelf, before, *mark()) if sent else 0
                    if found:
                        return found
                    sent = True
                    return await attempt()
                error: Exception = ConnectionError("not connected")
            except NoRespondersError as nobody:
                sent, error = before_this, nobody
            except MaxPayloadError as large:
                raise BusRefused(f"JetStream takes no message so large: {large!r}") from large
            except (NatsError, OSError, TimeoutError) as lost:
                error = lost
            if late and not sent:
                raise BusRefused(f"JetStream does not answer: {error!r}") from error
            if late:
                log.warning("JetStream does not answer; nothing is confirmed until it does", error=repr(error))
                until += PATIENCE_S
            await asyncio.sleep(0.1)

    async def _find(self, shelf: _Shelf, after: int, header: str, value: str) -> int:
        """The sequence of the first message with this header behind a position, 0 when there is none. Raises when
        nobody answers: not to know is not "none"."""
        while True:
            messages = await self._answered(shelf, _range(shelf, after, 256))
            for message in messages:
                after = _sequence(message)
                if (message.headers or {}).get(header) == value:
                    return after
            if not messages:
                return 0

    async def _ask(self, subject: str, body: bytes, headers: dict[str, str]) -> int:
        message = await self._nc.request(subject, body, timeout=ANSWER_S, headers=headers)
        answer = self._answers.decode(message.data)
        if answer.error is not None:
            raise BusRefused(f"JetStream refuses: {answer.error.get('description')}")
        return answer.seq

    async def _api(self, call: str, body: dict[str, object]) -> _Answer:
        try:
            message = await self._nc.request(f"$JS.API.{call}", msgspec.json.encode(body) if body else b"", ANSWER_S)
        except (NatsError, OSError, TimeoutError) as error:
            raise BusRefused(f"JetStream does not answer: {error!r}") from error
        return self._answers.decode(message.data)

    async def _look(self, shelf: _Shelf) -> int:
        answer = await self._api(f"STREAM.INFO.{shelf.stream}", {})
        shelf.last = max(shelf.last, int((answer.state or {}).get("last_seq", 0)))
        return shelf.last

    async def _fetch(self, shelf: _Shelf, after: int, limit: int) -> list[Batch]:
        found: list[Batch] = []
        count = 0
        for message in await self._direct(shelf, _range(shelf, after, min(limit, 256))):
            batch = self._decode(message)
            count += len(batch.signals)
            if found and count > limit:
                break
            found.append(batch)
            if batch.position > shelf.last or not shelf.ages or batch.position > shelf.ages[-1][0]:
                shelf.reach(batch.position, batch.signals[-1].received_at)
        return found

    async def _direct(self, shelf: _Shelf, wanted: dict[str, object]) -> list[Msg]:
        """A direct read; [] where there is nothing, or nobody answers just now."""
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            return await self._answered(shelf, wanted)
        return []

    async def _answered(self, shelf: _Shelf, wanted: dict[str, object]) -> list[Msg]:
        inbox = self._nc.new_inbox()
        found: list[Msg] = []
        answers = await self._nc.subscribe(inbox)
        try:
            await self._nc.publish(f"$JS.API.DIRECT.GET.{shelf.stream}", msgspec.json.encode(wanted), reply=inbox)
            while True:
                message = await answers.next_msg(ANSWER_S)
                headers: dict[str, str] = message.headers or {}
                if headers.get("Status") == NO_RESPONDERS:
                    raise NoRespondersError
                if "Status" in headers:
                    return found
                found.append(message)
                if "batch" not in wanted:
                    return found
        finally:
            await answers.unsubscribe()

    def _decode(self, message: Msg) -> Batch:
        try:
            return Batch(_sequence(message), self._decoder.decode(message.data))
        except msgspec.DecodeError as error:
            raise BusCorrupt(f"{message.subject} {_sequence(message)}: {CORRUPT}") from error


def _range(shelf: _Shelf, after: int, batch: int) -> dict[str, object]:
    return {"seq": after + 1, "next_by_subj": shelf.subject, "batch": batch, "max_bytes": READ_BYTES}


def _sequence(message: Msg) -> int:
    return int((message.headers or {})["Nats-Sequence"])


def _newest(message: Msg) -> int:
    return int((message.headers or {}).get(NEWEST, "0"))
