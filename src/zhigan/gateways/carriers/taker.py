"""The hot process' end of the line: pushes become signals, and are answered when those are on disk.

Enters: connections of the door (a loopback port that the system chose; port and key stand in a file that only we may
read). Leaves: signals to intake; an answer a push, many in one write. A push of many reports is answered when the last
of them is durable. Absent: HTTP, tokens, allow-lists (the door), and dedupe (intake for minutes, the engine for days).
"""

import asyncio
import secrets
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.translate import translate
from zhigan.gateways.carriers.wire import NAMES, Answer, Carrier, Frame, Frames, LineBroken, frame
from zhigan.gateways.intake import Intake
from zhigan.protocols.carriers import CarrierError, Report, ReportKind, ctwing, huawei, onenet, relayed
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.signals import Signal

NOTE: Final = "carriers.door"
HINTS_MAX: Final = 600_000
SECOND_NAMES_MAX: Final = 100_000


_SIGNALS: Final = msgspec.msgpack.Decoder(list[Signal])


class Where(msgspec.Struct):
    """What stands in the file beside the figures."""

    port: int
    key: str


class Onlooker(Protocol):
    """Who wants to know more than the signals: the registry (models, the carrier's names), the downlink (answers)."""

    def recognised(self, gateway: str, address: str, model: str) -> None: ...

    def carried(self, gateway: str, address: str, product: str, name: str) -> None: ...

    def answered(self, gateway: str, report: Report) -> None: ...

    def said(self, gateway: str, address: str, operations: int) -> None: ...


class _Push:
    """A push in work: how many of its reports are not yet durable."""

    __slots__ = ("left", "number", "refused")

    def __init__(self, number: int, left: int) -> None:
        self.number = number
        self.left = left
        self.refused = False


class Taker:
    """`await start(folder)`; the onlooker is told of a model, or of a carrier's names, when they are new here."""

    def __init__(self, intake: Intake, clock: Clock, keys: onenet.Keys | None, onlooker: Onlooker) -> None:
        self.intake = intake
        self.clock = clock
        self.tally = Tally()
        self._onlooker = onlooker
        self._hints: dict[tuple[str, str], str] = {}
        self._second_names: dict[tuple[str, str], str] = {}
        self._carried: dict[tuple[str, str], tuple[str, str]] = {}
        self._parsers: dict[int, Callable[[bytes], list[Report]]] = {
            Carrier.CTWING: ctwing.parse,
            Carrier.HUAWEI: huawei.parse,
            Carrier.PLATFORM: relayed.parse,
        }
        if keys is not None:
            self._parsers[Carrier.ONENET] = lambda body: onenet.parse(body, keys)
        self._note: Path | None = None
        self._server: asyncio.Server | None = None
        self.sessions: set[_Session] = set()

    async def start(self, folder: Path) -> Where:
        key = secrets.token_hex(16)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self, key.encode()), "127.0.0.1", 0)
        where = Where(self._server.sockets[0].getsockname()[1], key)
        self._note = folder / NOTE
        _write(self._note, where)
        return where

    async def stop(self) -> None:
        if self._note is not None:
            self._note.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for session in tuple(self.sessions):
            session.close()

    def take(self, session: "_Session", code: int, number: int, body: bytes) -> None:
        """One push: answered at once where it is wrong or says nothing, else when its signals are durable."""
        if code == Carrier.JUDGED:
            self._judged(session, number, body)
            return
        carrier = NAMES.get(code, "")
        parse = self._parsers.get(code)
        if parse is None:
            session.answer(number, Answer.REFUSED)
            return
        try:
            reports = parse(body)
        except CarrierError as error:
            self.tally.add(carrier, f"refused_{error.fault}")
            session.answer(number, Answer.FAULT, str(error).encode())
            return
        now = self.clock.micros()
        offers = [offer for report in reports if (offer := self._offer(carrier, report, now)) is not None]
        self.tally.add(carrier, "pushes")
        if not offers:
            session.answer(number, Answer.KEPT)
            return
        push = _Push(number, len(offers))
        offer_to = self.intake.offer
        for device, signals, window in offers:
            offer_to(device, signals, window, session, push, now)

    def _judged(self, session: "_Session", number: int, body: bytes) -> None:
        """Signals as our own rounds made them."""
        try:
            signals = _SIGNALS.decode(body)
        except msgspec.MsgspecError as error:
            session.answer(number, Answer.FAULT, str(error).encode())
            return
        push = _Push(number, len(signals))
        now = self.clock.micros()
        for signal in signals:
            self.intake.offer(signal.address.partition("/")[0], [signal], 0, session, push, now)
        if not signals:
            session.answer(number, Answer.KEPT)

    def _offer(self, carrier: str, report: Report, now: int) -> tuple[str, list[Signal], int] | None:
        if report.gateway:
            return self._relayed(report, now)
        report = self._named(carrier, report)
        at = (carrier, report.device)
        hint = self._hints.get(at, "")
        done = translate(carrier, report, hint, now)
        self.tally.add(carrier, "reports")
        self._told(carrier, report, done.signals)
        if done.model is None:
            if done.broken:
                self.tally.add(carrier, "broken_payloads")
            elif report.kind is ReportKind.DATA:
                self.tally.add(carrier, "unknown_payloads")
        elif done.model.name != hint:
            if len(self._hints) >= HINTS_MAX:
                self._hints.clear()
            self._hints[at] = done.model.name
            self._onlooker.recognised(carrier, report.device, done.model.name)
        return (report.device, done.signals, done.window) if done.signals else None

    def _relayed(self, report: Report, now: int) -> tuple[str, list[Signal], int]:
        """Another platform's word is no proof of what the device is, nor of how it is reached."""
        done = translate(report.gateway, report, "platform_status", now)
        self.tally.add("platform", "reports")
        return report.device, done.signals, done.window

    def _told(self, carrier: str, report: Report, signals: list[Signal]) -> None:
        """What a command needs later: the carrier's own names, its answers, and what the device says itself."""
        if report.kind is ReportKind.COMMAND:
            self._onlooker.answered(carrier, report)
            return
        if report.kind is not ReportKind.LINK:
            operations = 0
            for signal in signals:
                operations |= signal.operations
            self._onlooker.said(carrier, report.device, operations)
        if report.product:
            at, names = (carrier, report.device), (report.product, report.name)
            if self._carried.get(at) != names:
                if len(self._carried) >= HINTS_MAX:
                    self._carried.clear()
                self._carried[at] = names
                self._onlooker.carried(carrier, report.device, *names)

    def _named(self, carrier: str, report: Report) -> Report:
        """OneNET Studio tells of on-line and off-line by the device's name, of all else by its id too."""
        if not report.name:
            return report
        known_as = (f"{carrier}:{report.product}", report.name)
        if report.kind is not ReportKind.LINK:
            if len(self._second_names) >= SECOND_NAMES_MAX:
                self._second_names.clear()
            self._second_names[known_as] = report.device
            return report
        known = self._second_names.get(known_as, report.device)
        return report if known == report.device else msgspec.structs.replace(report, device=known)


class _Session(asyncio.Protocol):
    """One connection of a door; it receives intake's receipts."""

    def __init__(self, taker: Taker, key: bytes) -> None:
        self._taker = taker
        self._key = key
        self._frames = Frames()
        self._open = False
        self._transport: asyncio.Transport | None = None
        self._answers: list[bytes] = []
        self._paused = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._taker.sessions.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._taker.sessions.discard(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            for got in self._frames.feed(data):
                self._got(got)
        except LineBroken:
            self.close()
        if self._taker.intake.crowded and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
            self._taker.intake.when_relieved(self._resume)

    def _got(self, got: Frame) -> None:
        if self._open:
            self._taker.take(self, got.code, got.number, got.text)
        elif got.number == 0 and compare_digest(got.text, self._key):
            self._open = True
        else:
            raise LineBroken("a wrong key")

    def _resume(self) -> None:
        self._paused = False
        if self._transport is not None:
            self._transport.resume_reading()

    def confirm(self, receipts: list[_Push]) -> None:
        for push in receipts:
            push.left -= 1
            if not push.left:
                self.answer(push.number, Answer.REFUSED if push.refused else Answer.KEPT)

    def refuse(self, receipts: list[_Push]) -> None:
        """Of a push of many reports some may be kept: it is sent again, and those are known then."""
        for push in receipts:
            push.refused = True
        self.confirm(receipts)

    def answer(self, number: int, code: Answer, text: bytes = b"") -> None:
        """All answers of one turn of the loop in one write."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answers.append(frame(number, code, text))

    def _flush(self) -> None:
        answers, self._answers = self._answers, []
        if self._transport is not None:
            self._transport.write(b"".join(answers))


def _write(note: Path, where: Where) -> None:
    """Only we may read it; whoever reads it reads all of it."""
    note.parent.mkdir(parents=True, exist_ok=True)
    draft = note.with_suffix(".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(where))
    draft.replace(note)
