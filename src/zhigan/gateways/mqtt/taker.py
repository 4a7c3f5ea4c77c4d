"""Messages become signals, and are acknowledged when those are on disk.

Enters: messages of the broker. Leaves: signals to intake; acknowledgements through the broker, or a new connection
where storage refused; to an onlooker, which profile a device speaks, what it did, what it answered. What cannot be read
is kept raw and acknowledged: a broker that repeats it would gain nothing. Absent: the connection itself.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

from zhigan.gateways.intake import Intake
from zhigan.gateways.mqtt.broker import Broker, Message, Token
from zhigan.gateways.mqtt.translate import identity, translate, unread
from zhigan.protocols.mqtt import Ack, MqttError, Profile, Profiles, payload
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.signals import Signal

SPEAKERS_MAX: Final = 600_000


class Onlooker(Protocol):
    def speaks(self, address: str, profile: str) -> None: ...

    def answered(self, ack: Ack) -> None: ...

    def said(self, address: str, operations: int) -> None: ...


class Taker:
    """`follow(broker)` once; then the broker calls `heard`."""

    def __init__(self, intake: Intake, clock: Clock, profiles: Profiles, onlooker: Onlooker) -> None:
        self.tally: Counter[str] = Counter()
        self._intake = intake
        self._clock = clock
        self._profiles = profiles
        self._onlooker = onlooker
        self._broker: Broker | None = None
        self._speakers: dict[str, str] = {}

    def follow(self, broker: Broker) -> None:
        self._broker = broker

    def heard(self, messages: Sequence[Message]) -> None:
        done = [message.token for message in messages if not self._offered(message)]
        if self._broker is not None and done:
            self._broker.confirm([token for token in done if token.qos])

    def confirm(self, receipts: list[Token]) -> None:
        if self._broker is not None:
            self._broker.confirm([token for token in receipts if token.qos])

    def refuse(self, receipts: list[Token]) -> None:
        self.tally["refused"] += len(receipts)
        if self._broker is not None:
            self._broker.begin_again()

    def _offered(self, message: Message) -> bool:
        """False: there is nothing to keep, and it may be acknowledged at once."""
        self.tally["messages"] += 1
        if message.retained:
            self.tally["retained"] += 1
            return False
        answering = self._profiles.answer(message.topic)
        if answering is not None:
            self._answer(answering, message.payload)
            return False
        found = self._profiles.of(message.topic)
        if found is None:
            self.tally["unknown_topics"] += 1
            return False
        profile, address = found
        now = self._clock.micros()
        signals = self._signals(profile, address, message, now)
        mark = identity(message.topic, message.payload, message.token.mid) if message.token.qos else 0
        for signal in signals:
            signal.identity = mark  # on disk with it, so that a repeat is known after a restart too
        self._intake.offer(address, signals, mark, self, message.token, now)
        return True

    def _signals(self, profile: Profile, address: str, message: Message, now: int) -> list[Signal]:
        try:
            reports = payload.read(profile, address, message.payload)
        except MqttError as error:
            self.tally["broken_payloads"] += 1
            return [unread(address, message.payload[: payload.PAYLOAD_MAX], str(error), now)]
        operations = 0
        for report in reports:
            operations |= report.operations
        self._onlooker.said(address, operations)
        if not profile.link and self._speakers.get(address) != profile.name:
            if len(self._speakers) >= SPEAKERS_MAX:
                self._speakers.clear()
            self._speakers[address] = profile.name
            self._onlooker.speaks(address, profile.name)
        return translate(reports, message.payload, now)

    def _answer(self, address: str, text: bytes) -> None:
        try:
            self._onlooker.answered(payload.answer(address, text))
        except MqttError:
            self.tally["broken_answers"] += 1
        else:
            self.tally["answers"] += 1
