"""Our own requests to devices: one under way a device, sent again while unanswered, put together from blocks.

Enters: asks, answers as they come (on the acknowledgement, or later by themselves), `now`. Leaves: datagrams through
`send`, and to who asked the answer, or why there is none. Absent: what an answer means.
"""

import enum
from collections import deque
from collections.abc import Callable
from typing import Final

from zhigan.gateways.lwm2m.model import Registration
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import BODY_MAX, Block, Code, Message, Option, Type, encode, uint
from zhigan.protocols.lwm2m import Path
from zhigan.vocabulary.moments import SECOND

QUEUE_MAX: Final = 64
SEPARATE_S: Final = 60
"""An answer that was promised by an empty acknowledgement is waited for so long."""


class Ending(enum.Enum):
    ANSWERED = "answered"
    NO_ANSWER = "the device did not answer"
    RESET = "the device reset the request"
    GONE = "the device's registration ended"
    BUSY = "too many requests wait for the device"


class Answer:
    """`payload` is whole, also where it came in blocks; `format` -1: none told."""

    __slots__ = ("code", "ending", "format", "observing", "payload")

    def __init__(self, ending: Ending, code: int = 0, format_: int = -1, payload: bytes = b"") -> None:
        self.ending = ending
        self.code = code
        self.format = format_
        self.payload = payload
        self.observing = False


Done = Callable[[Answer], None]


class Ask:
    """`path`: what is read, written or executed; `values`: its answer holds values of that path."""

    __slots__ = (
        "code", "done", "due_at", "first", "mid", "options", "path", "payload", "pieces", "promised", "registration",
        "token", "tries", "values",
    )  # fmt: skip

    def __init__(
        self, registration: Registration, code: Code, path: Path, done: Done, *, token: bytes = b"",
        options: tuple[tuple[int, bytes], ...] = (), payload: bytes = b"", values: bool = False,
    ) -> None:  # fmt: skip
        self.registration = registration
        self.code = code
        self.path = path
        self.done = done
        self.token = token or registration.ask_token()
        self.options = options
        self.payload = payload
        self.values = values
        self.pieces: list[bytes] = []
        self.first = 0  # bytes that came before the first block asked for
        self.promised = False
        self.mid = 0
        self.tries = 0
        self.due_at = 0

    def datagram(self) -> bytes:
        steps = tuple([(int(Option.URI_PATH), str(number).encode()) for number in self.path])
        return encode(Message(Type.CON, self.code, self.mid, self.token, (*steps, *self.options), self.payload))


Send = Callable[[Registration, bytes], None]


class Exchanges:
    def __init__(self, send: Send, terms: Terms) -> None:
        self._send = send
        self._terms = terms
        self._by_token: dict[bytes, Ask] = {}
        self._current: dict[int, Ask] = {}
        self._by_mid: dict[tuple[int, int], Ask] = {}
        self._queues: dict[int, deque[Ask]] = {}
        self.timeouts = 0

    def __len__(self) -> int:
        return len(self._by_token)

    def give(self, ask: Ask, now: int) -> None:
        queue = self._queues.get(ask.registration.number)
        if queue is None:
            self._queues[ask.registration.number] = deque()
            self._begin(ask, now)
        elif len(queue) >= QUEUE_MAX:
            ask.done(Answer(Ending.BUSY))
        else:
            queue.append(ask)

    def of(self, token: bytes) -> Ask | None:
        return self._by_token.get(token)

    def acknowledged(self, registration: Registration, mid: int) -> None:
        """An empty acknowledgement: the answer comes by itself."""
        ask = self._by_mid.get((registration.number, mid))
        if ask is not None:
            ask.promised = True
            ask.due_at = 0

    def reset(self, registration: Registration, mid: int, now: int) -> None:
        ask = self._by_mid.get((registration.number, mid))
        if ask is not None:
            self._end(ask, Answer(Ending.RESET), now)

    def answered(self, ask: Ask, answer: Answer, block: Block | None, now: int) -> Answer | None:
        """The whole answer, or None while blocks of it are missing."""
        if block is not None and not self._next_block(ask, answer, block, now):
            return None
        if ask.pieces:
            answer.payload = b"".join(ask.pieces)
        self._end(ask, answer, now)
        return answer

    def drop(self, registration: Registration) -> None:
        """The device is gone, or begins anew."""
        waiting = self._queues.pop(registration.number, ())
        current = self._current.get(registration.number)
        if current is not None:
            self._remove(current)
            current.done(Answer(Ending.GONE))
        for ask in waiting:
            ask.done(Answer(Ending.GONE))

    def sweep(self, now: int) -> None:
        for ask in [ask for ask in self._by_token.values() if now >= ask.due_at > 0 or ask.promised]:
            if ask.promised and ask.due_at == 0:
                ask.due_at = now + SEPARATE_S * SECOND
            elif now < ask.due_at:
                continue
            elif ask.promised or ask.tries > self._terms.retransmit:
                self.timeouts += 1
                self._end(ask, Answer(Ending.NO_ANSWER), now)
            else:
                self._out(ask, now)

    def _next_block(self, ask: Ask, answer: Answer, block: Block, now: int) -> bool:
        """True: that was the last one."""
        if block.offset == ask.first + sum(map(len, ask.pieces)):
            ask.pieces.append(answer.payload)
        if not block.more or block.offset + 2 * block.size > BODY_MAX:
            return True
        self._by_mid.pop((ask.registration.number, ask.mid), None)
        kept = tuple([option for option in ask.options if option[0] not in (Option.OBSERVE, Option.BLOCK2)])
        ask.options = (*kept, (int(Option.BLOCK2), Block(block.number + 1, False, block.szx).write()))
        ask.tries, ask.promised = 0, False
        self._number(ask)
        self._out(ask, now)
        return False

    def _begin(self, ask: Ask, now: int) -> None:
        self._number(ask)
        self._by_token[ask.token] = ask
        self._current[ask.registration.number] = ask
        self._out(ask, now)

    def _number(self, ask: Ask) -> None:
        ask.mid = ask.registration.next_mid()
        self._by_mid[ask.registration.number, ask.mid] = ask

    def _out(self, ask: Ask, now: int) -> None:
        spread = 1.0 + (ask.mid * 40_503 & 0xFFFF) / 131_072  # 1 to 1.5, so that a storm does not come back as one
        wait = self._terms.ack_seconds * (1 << ask.tries) * spread
        ask.due_at = now + round(wait * SECOND)
        ask.tries += 1
        self._send(ask.registration, ask.datagram())

    def _end(self, ask: Ask, answer: Answer, now: int) -> None:
        self._remove(ask)
        queue = self._queues.get(ask.registration.number)
        ask.done(answer)
        if queue:
            self._begin(queue.popleft(), now)
        else:
            self._queues.pop(ask.registration.number, None)

    def _remove(self, ask: Ask) -> None:
        self._by_token.pop(ask.token, None)
        self._current.pop(ask.registration.number, None)
        self._by_mid.pop((ask.registration.number, ask.mid), None)


def accept(version: str) -> tuple[tuple[int, bytes], ...]:
    """SenML-CBOR of those who have it (1.1), TLV of the elder."""
    return ((int(Option.ACCEPT), uint(11542 if version == "1.0" else 112)),)
