"""The connection to the broker: one client of its own thread at a time, made anew for ever, acknowledging by hand.

Enters: terms, topics, letters. Leaves: messages on the loop, each with a token by which it is acknowledged when it is
durable, in the order in which it came (MQTT 4.6). The session stays at the broker: what was not acknowledged comes
again with the next connection, and so does what came while we were away. Absent: what messages mean.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from zhigan.gateways.mqtt.model import Terms

BACKOFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S: Final = 60.0
"""A connection that held so long begins its back-off anew."""
CONNECT_S: Final = 15.0
QUEUED_MAX: Final = 50_000
QOS: Final = 1
_V5: Final = MQTTProtocolVersion.MQTTv5
_log = structlog.get_logger("gateways.mqtt")


class Token(NamedTuple):
    """One message to acknowledge: of which connection, its number and quality there."""

    connection: int
    mid: int
    qos: int


class Message(NamedTuple):
    topic: str
    payload: bytes
    token: Token
    retained: bool


class Listener(Protocol):
    def heard(self, messages: Sequence[Message]) -> None: ...


class Broker:
    """`await run()` beside the listener; `confirm`, `begin_again` and `publish` on the loop."""

    def __init__(self, terms: Terms, filters: Sequence[str], listener: Listener) -> None:
        self.connected = asyncio.Event()
        self.connections = 0
        self.dropped = 0
        self.on_up: Callable[[], None] | None = None
        self._terms = terms
        self._filters = [f"$share/{terms.share}/{topic}" if terms.share else topic for topic in filters]
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._client: Client | None = None
        self._lost = asyncio.Event()
        self._inbox: deque[Message] = deque()
        self._owed: deque[Token] = deque()
        self._durable: set[Token] = set()
        self._published: dict[int, asyncio.Future[bool]] = {}

    async def run(self) -> None:
        failures = 0
        while True:
            began = self._loop.time()
            try:
                await self._connection()
            finally:
                self._forget()
            failures = 0 if self._loop.time() - began > STEADY_S else failures + 1
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S)) - 1] if failures else BACKOFF_S[0])

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def confirm(self, tokens: Sequence[Token]) -> None:
        """These are durable. What came first is acknowledged first, however durability came about."""
        self._durable.update(token for token in tokens if token.connection == self.connections)
        while self._owed and self._owed[0] in self._durable:
            token = self._owed.popleft()
            self._durable.discard(token)
            if self._client is not None:
                self._client.ack(token.mid, token.qos)

    def begin_again(self) -> None:
        """Something could not be kept: only a new connection makes the broker send it again."""
        self._lost.set()

    async def publish(self, topic: str, payload: bytes, expiry_s: int) -> bool | None:
        """True: the broker has it. False: it has not. None: it may have."""
        client = self._client
        if client is None or not self.connected.is_set():
            return False
        properties = None
        if self._terms.version == 5:
            properties = Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = max(expiry_s, 1)
        sent = client.publish(topic, payload, qos=QOS, properties=properties)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        done: asyncio.Future[bool] = self._loop.create_future()
        self._published[sent.mid] = done
        if sent.is_published():
            return True
        try:
            async with asyncio.timeout(CONNECT_S):
                return await done
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._published.pop(sent.mid, None)

    async def _connection(self) -> None:
        """From connecting to the loss of it."""
        self._lost.clear()
        self.connections += 1
        client = self._made(self.connections)
        try:
            await asyncio.to_thread(self._connect, client)
        except (OSError, ValueError) as error:
            _log.warning("the broker cannot be reached", host=self._terms.host, error=str(error))
            return
        self._client = client
        client.loop_start()
        try:
            await self._lost.wait()
        finally:
            self.connected.clear()
            self._client = None
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    def _connect(self, client: Client) -> None:
        terms = self._terms
        if terms.version == 5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = terms.session_s
            properties.ReceiveMaximum = terms.in_flight
            client.connect(terms.host, terms.port, terms.keepalive_s, clean_start=False, properties=properties)
        else:
            client.connect(terms.host, terms.port, terms.keepalive_s)

    def _made(self, number: int) -> Client:
        """Its callbacks run in its thread: they only hand over to the loop."""
        terms = self._terms
        version = _V5 if terms.version == 5 else MQTTProtocolVersion.MQTTv311
        client = Client(
            CallbackAPIVersion.VERSION2, terms.client_id, protocol=version, reconnect_on_failure=False, manual_ack=True,
            clean_session=None if terms.version == 5 else False,
        )  # fmt: skip
        client.connect_timeout = CONNECT_S
        if terms.user:
            client.username_pw_set(terms.user, terms.password or None)
        if terms.tls is not None:
            cast("Any", client).tls_set_context(terms.tls)

        def connected(c: Client, _u: object, _f: object, reason: ReasonCode, _p: Properties | None) -> None:
            if reason.is_failure:
                self._safely(self._failed, f"the broker refused the connection: {reason}")
            else:
                c.subscribe([(topic, self._options()) for topic in self._filters])

        def subscribed(_c: Client, _u: object, _m: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
            refused = [topic for topic, reason in zip(self._filters, reasons, strict=False) if reason.is_failure]
            if refused:
                self._safely(self._failed, f"the broker refused to let us hear {', '.join(refused)}")
            else:
                self._safely(self._up)

        def message(_c: Client, _u: object, got: MQTTMessage) -> None:
            self._got(Message(got.topic, bytes(got.payload), Token(number, got.mid, got.qos), got.retain))

        def published(_c: Client, _u: object, mid: int, reason: ReasonCode, _p: Properties) -> None:
            self._safely(self._taken, mid, not reason.is_failure)

        def lost(_c: Client, _u: object, _f: object, reason: ReasonCode, _p: Properties | None) -> None:
            self._safely(self._down, number, str(reason))

        client.on_connect = connected
        client.on_subscribe = subscribed
        client.on_message = message
        client.on_publish = published
        client.on_disconnect = lost
        return client

    def _options(self) -> Any:
        """Retained messages are old news: v5 spares us them, 3.1.1 marks them."""
        return SubscribeOptions(qos=QOS, retainHandling=2) if self._terms.version == 5 else QOS

    def _safely(self, act: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act, *arguments)

    def _got(self, message: Message) -> None:
        """In the client's thread. Without quality of service nothing slows a flood down: beyond a bound it is lost."""
        if message.token.qos == 0 and len(self._inbox) >= QUEUED_MAX:
            self.dropped += 1
            return
        self._inbox.append(message)
        if len(self._inbox) == 1:
            self._safely(self._hand_over)

    def _hand_over(self) -> None:
        messages: list[Message] = []
        while self._inbox:
            messages.append(self._inbox.popleft())
        for message in messages:
            if message.token.qos:
                self._owed.append(message.token)
        if messages:
            self._listener.heard(messages)

    def _up(self) -> None:
        self.connected.set()
        if self.on_up is not None:
            self.on_up()
        _log.info("the broker is connected", host=self._terms.host)

    def _failed(self, why: str) -> None:
        _log.error("MQTT", reason=why)
        self._lost.set()

    def _down(self, number: int, why: str) -> None:
        if number == self.connections:
            _log.warning("the broker is lost", reason=why)
            self._lost.set()

    def _taken(self, mid: int, taken: bool) -> None:
        done = self._published.pop(mid, None)
        if done is not None and not done.done():
            done.set_result(taken)

    def _forget(self) -> None:
        """What is owed to a connection that is gone is owed no more: the broker sends it again."""
        self._owed.clear()
        self._durable.clear()
        self._inbox.clear()
        for done in self._published.values():
            if not done.done():
                done.set_exception(ConnectionError())
        self._published.clear()
