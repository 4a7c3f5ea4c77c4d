"""The CoAP door: registration, observation, notification; nothing acknowledged that is not durable, nothing twice."""

import asyncio
import random
from pathlib import Path

import pytest

from gateways.coap_gate import Caller, Smoke, burning, gate
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.protocols.coap import Code, Message, Option, Type, encode, uint
from zhigan.protocols.lwm2m import Record
from zhigan.protocols.lwm2m.senml import encode_cbor
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import HOUR, SECOND
from zhigan.vocabulary.signals import Flag, SignalKind

FIRE, OFFLINE = int(Condition.FIRE), int(Condition.OFFLINE)
NAME = "urn:imei:860000000000001"
START = 1_780_000_000 * SECOND


async def test_registered_observed_and_on_fire(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME)
        await device.observed((3407, 0), (3, 0))
        await door.until(lambda: door.server.book.by_endpoint[NAME].observed)
        await device.notifies(burning(), Record((3407, 0, 6044), 91.5), Record((3407, 0, 6045), -128.0))
        await device.notifies(burning(False))
        said = await door.stored()
        states = [(s.conditions, s.known) for s in said if s.kind == SignalKind.STATUS]
        assert states == [(0, FIRE), (FIRE, FIRE), (0, FIRE)]
        assert {(s.gateway, s.address, s.type) for s in said} == {("lwm2m", NAME, "smoke")}
        readings = [dict(zip(s.metrics, s.values, strict=True)) for s in said if s.kind == SignalKind.READINGS]
        assert readings == [
            {BY_NAME["battery"].number: 97},
            {BY_NAME["battery"].number: 91.5, BY_NAME["signal_strength"].number: -98.0},
        ]
        (link,) = await door.stored(SignalKind.LINK)
        assert (link.values, link.conditions, "lt=86400" in link.text) == ((1.0,), 0, True)
        assert door.server.counts.observed == 2


async def test_nothing_is_acknowledged_before_it_is_durable(tmp_path: Path) -> None:
    async with gate(tmp_path, begun=False) as door:
        device = await Caller.dial(door)
        post = device.request(Code.POST, "t/d1/3407/0", encode_cbor([burning()]), format_=112)
        device.send(post)
        device.send(post)
        ping = Message(Type.CON, 0, 7)
        device.send(ping)
        await device.hears(lambda m: m.type == Type.RST and m.mid == 7)  # it has read all three
        assert device.inbox == []
        door.begin()
        assert (await device.answer(post)).code == Code.CHANGED
        device.send(post)  # the answer was lost on the way
        assert (await device.answer(post)).code == Code.CHANGED
        assert [s.conditions for s in await door.stored()] == [FIRE]
        assert door.server.counts.repeats == 2


async def test_what_storage_refuses_is_not_acknowledged_and_its_repeat_counts(tmp_path: Path) -> None:
    async with gate(tmp_path, limit_bytes=1) as door:
        device = await Caller.dial(door)
        post = device.request(Code.POST, "t/d1/3303/0", encode_cbor([Record((3303, 0, 5700), 20.0)]), format_=112)
        device.send(post)
        await door.until(lambda: door.server.counts.refused == 1)
        device.send(post)
        await door.until(lambda: door.server.counts.refused == 2)
        assert device.inbox == []


async def test_what_was_kept_before_a_restart_and_comes_again_is_kept_once(tmp_path: Path) -> None:
    """Its acknowledgement was lost with the process; the device sends the same bytes again."""
    async with gate(tmp_path) as door:
        caller = await Caller.dial(door)
        said = caller.request(Code.POST, "t/d1", b"NBSMOKE:12345,ALARM", format_=0)
        caller.send(said)
        assert (await caller.answer(said)).code == Code.CHANGED
    async with gate(tmp_path) as door:
        caller = await Caller.dial(door)
        caller.send(said)
        assert (await caller.answer(said)).code == Code.CHANGED
        assert [s.conditions for s in await door.stored()] == [FIRE]
        assert door.intake.repeats == {"coap": 1}


async def test_a_restart_forgets_nobody(tmp_path: Path) -> None:
    """The device does not know that we restarted; its fire comes with the old token, from another address."""
    async with gate(tmp_path) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME)
        await device.observed((3407, 0), (3, 0))
        await door.until(lambda: door.server.book.by_endpoint[NAME].observed)
        tokens, place = device.tokens, device.place
    async with gate(tmp_path) as door:
        moved = await Smoke.dial(door)
        moved.tokens, moved.place = tokens, place
        await moved.notifies(burning())
        assert [s.address for s in await door.stored() if s.conditions & FIRE] == [NAME]
        assert door.server.book.by_endpoint[NAME].address[1] == moved.port
        assert (await moved.asks(Code.POST, place, queries=("lt=300",))).code == Code.CHANGED
        assert (await moved.asks(Code.DELETE, place)).code == Code.DELETED
        assert (await moved.asks(Code.POST, place)).code == Code.NOT_FOUND
    async with gate(tmp_path) as door:
        assert len(door.server.book) == 0
        assert [(s.values, s.conditions) for s in await door.stored(SignalKind.LINK)] == [
            ((1.0,), 0),
            ((0.0,), OFFLINE),
        ]


async def test_a_fire_of_somebody_nobody_knows_is_kept_and_other_words_are_reset(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        stranger = await Smoke.dial(door)
        stranger.tokens[3407, 0] = bytes((1,)) + b"\xde\xad\xbe\xef" + (3407).to_bytes(2, "big") + b"\x00"
        calm = stranger.notification(burning(False))
        stranger.send(calm)
        await stranger.hears(lambda m: m.type == Type.RST and m.mid == calm.mid)
        await stranger.notifies(burning())
        (kept,) = await door.stored()
        assert (kept.address, kept.conditions) == ("unregistered@127.0.0.1", FIRE)
        send = encode_cbor([burning()])
        assert (await stranger.asks(Code.POST, "dp", send, format_=112)).code == Code.NOT_FOUND  # it registers then
        assert len(await door.stored()) == 2
        assert (await stranger.asks(Code.POST, "dp", encode_cbor([burning(False)]), format_=112)).code == Code.NOT_FOUND
        assert len(await door.stored()) == 2


async def test_send_with_stored_values_keeps_their_times(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME, links=b"</3303/0>")
        told = [Record((3303, 0, 5700), 20.0 + n, START - n * HOUR) for n in range(3)]
        assert (await device.asks(Code.POST, "dp", encode_cbor(told), format_=112)).code == Code.CHANGED
        said = await door.stored(SignalKind.READINGS)
        assert [(s.at, s.values) for s in said] == [
            (START - 2 * HOUR, (22.0,)), (START - HOUR, (21.0,)), (START, (20.0,))
        ]  # fmt: skip
        assert [s.flags for s in said] == [Flag.LATE, Flag.LATE, 0]


async def test_notifications_that_were_overtaken_put_nothing_back(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME)
        await device.observed((3407, 0), (3, 0))
        calm, fire, late_fire, after = (device.notification(burning(on)) for on in (False, True, True, False))
        for message in (fire, calm, after, late_fire):
            device.send(message)
            await device.acknowledged(message.mid)
        states = [s.conditions for s in await door.stored(SignalKind.STATUS)]
        assert states == [0, FIRE, 0, FIRE]  # `calm` was before `fire`; a fire is a fire, however it comes
        assert door.server.counts.stale == 2


async def test_a_device_that_is_silent_beyond_its_lifetime_is_offline(tmp_path: Path) -> None:
    clock = HandClock(START)
    async with gate(tmp_path, clock=clock) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME, lifetime=3600)
        clock.advance(3600 + 300)
        door.server.sweep(clock.micros())
        assert NAME in door.server.book.by_endpoint
        assert (await device.asks(Code.POST, device.place)).code == Code.CHANGED
        clock.advance(3600 + 361)
        door.server.sweep(clock.micros())
        assert len(door.server.book) == 0
        assert (await door.stored(SignalKind.LINK))[-1].conditions == OFFLINE


async def test_bodies_in_blocks(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        device = await Caller.dial(door)
        body = encode_cbor([Record((3303, 0, 5700), float(n), START + n * SECOND) for n in range(60)])
        pieces = [body[n : n + 256] for n in range(0, len(body), 256)]
        for number, piece in enumerate(pieces):
            more = number < len(pieces) - 1
            block = ((int(Option.BLOCK1), uint(number << 4 | more << 3 | 4)),)
            answer = await device.asks(Code.POST, "t/d1", piece, format_=112, more=block)
            assert answer.code == (Code.CONTINUE if more else Code.CHANGED)
            assert dict(answer.options)[int(Option.BLOCK1)] == block[0][1]
        assert sum(len(s.values) for s in await door.stored(SignalKind.READINGS)) == 60


async def test_an_answer_in_blocks_is_put_together(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME, links=b"</3/0>")
        whole = encode_cbor([Record((3, 0, 0), "Acme" * 20), Record((3, 0, 9), 66)])
        for number in range(0, len(whole) // 64 + 1):
            asked = await device.hears(lambda m: m.code == Code.GET)
            more = number < len(whole) // 64
            options = ((int(Option.CONTENT_FORMAT), uint(112)), (int(Option.BLOCK2), uint(number << 4 | more << 3 | 2)))
            piece = whole[number * 64 : number * 64 + 64]
            device.send(Message(Type.ACK, Code.CONTENT, asked.mid, asked.token, options, piece))
        await door.until(lambda: door.server.counts.notifications == 1)
        said = await door.stored(SignalKind.READINGS)
        assert [(s.values, "Acme" in s.text or s.raw == whole) for s in said] == [((66.0,), True)]


async def test_separate_answers_and_lost_requests(tmp_path: Path) -> None:
    """The device acknowledges first and answers later; before, our request was lost and came again."""
    async with gate(tmp_path, terms=Terms(ack_seconds=0.05)) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME, links=b"</3407/0>")
        first = await device.hears(lambda m: m.code == Code.GET)
        again = await device.hears(lambda m: m.code == Code.GET)
        assert (first.mid, first.token) == (again.mid, again.token)
        device.send(Message(Type.ACK, 0, again.mid))
        options = ((int(Option.OBSERVE), uint(3)), (int(Option.CONTENT_FORMAT), uint(112)))
        device.send(Message(Type.CON, Code.CONTENT, 0x77, again.token, options, encode_cbor([burning()])))
        await device.acknowledged(0x77)
        assert [s.conditions for s in await door.stored()] == [FIRE]
        assert door.server.counts.timeouts == 0


async def test_an_address_that_never_answered_is_not_flooded(tmp_path: Path) -> None:
    """A forged address that registers must not make us send more than three times what came."""
    async with gate(tmp_path, terms=Terms(ack_seconds=0.005, retransmit=7)) as door:
        forged = await Smoke.dial(door)
        await forged.registers("x", links=b"</3407/0>")
        await door.until(lambda: door.server.counts.timeouts == 1)
        peer = door.server.peers.find(door.server.book.by_endpoint["x"].address, "")
        assert peer is not None
        assert peer.went <= 3 * peer.came + 32
        assert door.server.counts.unguarded > 0


async def test_strangers_are_bounded_and_devices_are_not_slowed(tmp_path: Path) -> None:
    async with gate(tmp_path, terms=Terms(stranger_burst=20, stranger_per_second=1)) as door:
        device = await Smoke.dial(door)
        await device.registers(NAME)
        await device.observed((3407, 0), (3, 0))
        noisy = await Caller.dial(door)
        chance = random.Random(7)
        for n in range(2500):
            junk = chance.randbytes(chance.randint(0, 60))
            noisy.raw(junk if n % 5 else encode(noisy.request(Code.GET, "nothing/here")))
            if n % 20 == 0:  # the kernel's buffer is not what is tried here
                await asyncio.sleep(0)
        await device.notifies(burning())
        counts = door.server.counts
        assert counts.throttled > 400
        assert sum(counts.faults.values()) > 1000
        assert any(s.conditions & FIRE for s in await door.stored())


@pytest.mark.parametrize(
    ("path", "payload", "format_", "queries", "code"),
    [
        ("rd", b"</3/0>", 40, (), Code.BAD_REQUEST),
        ("rd", b"</3/0>", 40, ("ep=a b",), Code.BAD_REQUEST),
        ("rd", b"junk", 40, ("ep=a",), Code.BAD_REQUEST),
        ("rd/ffffffff", b"", -1, (), Code.NOT_FOUND),
        ("rd/zz", b"", -1, (), Code.NOT_FOUND),
        ("bs", b"", -1, ("ep=a",), Code.NOT_FOUND),
        ("t/d1", b"\xff", 112, (), Code.BAD_REQUEST),
        ("t/d1", b"x", 9999, (), Code.UNSUPPORTED_FORMAT),
        ("t/d1/x", b"x", 112, (), Code.BAD_REQUEST),
        ("t", b"x", 112, (), Code.METHOD_NOT_ALLOWED),
    ],
)
async def test_what_is_wrong_is_answered(
    tmp_path: Path, path: str, payload: bytes, format_: int, queries: tuple[str, ...], code: Code
) -> None:
    async with gate(tmp_path) as door:
        caller = await Caller.dial(door)
        assert (await caller.asks(Code.POST, path, payload, format_=format_, queries=queries)).code == code
        assert len(door.server.book) == 0


async def test_plain_payloads_are_read_by_the_makers_models(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        caller = await Caller.dial(door)
        assert (await caller.asks(Code.POST, "t/860001", b"NBSMOKE:12345,ALARM", format_=0)).code == Code.CHANGED
        odd = b"\x00\x01whoknows"
        assert (await caller.asks(Code.POST, "t/860001", odd, type_=Type.NON)).code == Code.CHANGED
        fire, unknown = await door.stored()
        assert (fire.gateway, fire.address, fire.conditions, fire.type) == ("coap", "860001", FIRE, "smoke")
        assert (unknown.kind, unknown.raw) == (SignalKind.INFO, odd)
        assert door.recognised == [("coap", "860001", "nbsmoke")]


async def test_ipv6(tmp_path: Path) -> None:
    async with gate(tmp_path, host="::1") as door:
        device = await Smoke.dial(door)
        await device.registers(NAME)
        await device.observed((3407, 0), (3, 0))
        await device.notifies(burning())
        assert any(s.conditions & FIRE for s in await door.stored())


async def test_the_door_says_what_it_has(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        caller = await Caller.dial(door)
        answer = await caller.asks(Code.GET, ".well-known/core", more=((int(Option.ACCEPT), b"\x28"),))
        assert answer.code == Code.CONTENT
        assert dict(answer.options)[int(Option.CONTENT_FORMAT)] == b"\x28"
        assert (await caller.asks(Code.GET, "x", more=((int(Option.PROXY_URI), b"coap://y"),))).code == Code.NO_PROXY
        await asyncio.sleep(0)
