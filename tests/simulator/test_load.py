"""The load generator: frames that are right and all different, confirmations counted to the last, breaks survived."""

import pytest

from citysim import load_city
from citysim.clock import micros
from citysim.load import Load, Plan, run
from citysim.load_frames import FULL_OBJECTS, Kind, Source
from citysim.panel import FAULT, FIRE
from simulator.centre import CentreThread
from zhigan.protocols import gb26875 as gb
from zhigan.protocols.gb26875 import build

ADDRESS = "010000070036"
NOW = 1_800_000_000_000_000


@pytest.mark.parametrize("kind", list(Kind))
def test_frames_are_right_and_no_two_alike(kind: Kind) -> None:
    source = Source(ADDRESS, kind, points=20, next_serial=65_500)
    raw = source.block(100, NOW) + source.block(100, NOW)
    assert len(set(raw)) == 200
    frames = [gb.parse(frame) for frame in raw]
    assert [f.serial for f in frames if isinstance(f, gb.Frame)] == [(65_500 + n) % 65_536 for n in range(200)]
    for frame in frames:
        assert isinstance(frame, gb.Frame)
        adu = gb.decode_adu(frame.adu)
        assert not adu.notes or all(note.name == "test_bit" for note in adu.notes)
        assert len(adu.objects) == (FULL_OBJECTS if kind is Kind.FULL else 1)


def test_fires_are_each_of_another_component() -> None:
    objects = [gb.decode_adu(gb.parse(f).adu).objects[0] for f in Source(ADDRESS, Kind.FIRE).block(500, NOW)]
    assert all(isinstance(o, gb.ComponentStatus) and o.status == FIRE for o in objects)
    assert len({o.component_address for o in objects if isinstance(o, gb.ComponentStatus)}) == 500


def test_status_faults_and_heals_now_and_then() -> None:
    objects = [gb.decode_adu(gb.parse(f).adu).objects[0] for f in Source(ADDRESS, Kind.STATUS, 10).block(1280, NOW)]
    faults = [o for o in objects if isinstance(o, gb.ComponentStatus) and o.status == FAULT]
    assert len(faults) == 20


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_sent_is_confirmed_and_counted(kind: Kind) -> None:
    with CentreThread() as centre:
        report = run(Plan(host="127.0.0.1", port=centre.port, kind=kind, connections=4, seconds=0.3))
    assert report.sent == report.confirmed == len(centre.frames) > 100
    assert report.unconfirmed == report.broken == 0
    assert 0 < report.p50_ms <= report.p99_ms <= report.max_ms
    assert len({frame.raw for frame in centre.frames}) == report.sent


def test_the_rate_is_kept() -> None:
    with CentreThread() as centre:
        report = run(Plan(host="127.0.0.1", port=centre.port, connections=10, rate=500, seconds=1.0))
    assert 400 <= report.sent <= 502
    per_device = [sum(f.source == a for f in centre.frames) for a in {f.source for f in centre.frames}]
    assert len(per_device) == 10 and max(per_device) - min(per_device) <= 32


def test_a_storm_is_one_fire_a_device() -> None:
    with CentreThread() as centre:
        storm = Plan(
            host="127.0.0.1", port=centre.port, kind=Kind.FIRE, connections=200, frames=1, rate=1000, greet=True
        )
        report = run(storm)
    assert report.sent == report.confirmed == 200
    assert len({f.source for f in centre.frames if f.type == gb.Type.COMPONENT_STATUS}) == 200


def test_the_last_frames_are_sent_again_byte_for_byte() -> None:
    with CentreThread() as centre:
        with Load(Plan(host="127.0.0.1", port=centre.port, connections=3, frames=50, resend=8)) as load:
            load.run(5.0)
            assert load.resend(8) == 24
        raw = [frame.raw for frame in centre.frames]
    assert len(raw) == 174 and len(set(raw)) == 150


def test_what_was_unconfirmed_at_a_break_is_sent_again() -> None:
    thread = CentreThread(lambda frame: None)
    with (
        thread as centre,
        Load(Plan(host="127.0.0.1", port=centre.port, connections=5, frames=40, drain_s=0.3)) as load,
    ):
        load.run(1.0)
        assert load.confirmed == 0
        centre.reply = lambda frame: gb.confirm(frame, micros())
        centre.call_soon(centre.hang_up)
        assert load.drain(15.0)
        report = load.report()
    assert report.confirmed == report.sent == 200
    assert report.broken == 5 and report.resent >= 200
    assert len({frame.raw for frame in centre.frames}) == 200


def test_the_centres_own_orders_do_not_disturb_the_count() -> None:
    """A clock sync between confirmations, cut anywhere."""

    def chatty(frame: gb.Frame) -> bytes | None:
        sync = build.sync_clock(1, frame.destination, frame.source, micros())
        return gb.confirm(frame, micros()) + (sync if frame.serial % 7 == 0 else b"")

    with CentreThread(chatty) as centre:
        report = run(Plan(host="127.0.0.1", port=centre.port, connections=2, frames=500))
    uploads = [f for f in centre.frames if f.command == gb.Command.SEND]
    assert report.confirmed == report.sent == len(uploads) == 1000
    assert any(f.command == gb.Command.CONFIRM for f in centre.frames)


def test_the_loads_devices_can_be_registered_one_building_each() -> None:
    plan = Plan(host="127.0.0.1", port=1, kind=Kind.FIRE, connections=45, points=3)
    town = load_city.town(plan)
    sites = [site for _, site in town.sites()]
    assert [site.address for site in sites] == [plan.address(n) for n in range(45)]
    assert len({(unit.code, site.building) for unit, site in town.sites()}) == 45
    said = gb.decode_adu(gb.parse(Source(plan.address(0), Kind.FIRE, 3).block(1, NOW)[0]).adu).objects[0]
    assert isinstance(said, gb.ComponentStatus)
    assert sites[0].points[0].component_address == said.component_address
