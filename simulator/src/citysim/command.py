"""The command line of the simulator: a city at any target, one story, or measured load.

Enters: arguments. Leaves: lines of progress (and of JSON for load) and an exit code: 0 done, 1 the target could not be
reached, 2 wrong arguments. Ends cleanly on Ctrl-C and SIGTERM. `zhigan simulate …` calls `main`.
"""

import argparse
import asyncio
import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

import msgspec

from citysim import city, detector_load, life, load, load_city, sheets
from citysim.boards import Boards
from citysim.detectors import Detectors
from citysim.load_frames import Kind
from citysim.push import Carrier
from citysim.stage import Stage
from citysim.stories import ROUND, STORIES
from citysim.wire import Target

PUSH = "CITYSIM_PUSH"
"""The address holds a secret: a variable does not stand in the list of processes."""
DEFAULT_TARGET = "127.0.0.1:5119"
PROGRESS_S = 10.0
SETTLE_S = 60.0
UP_S = 30.0


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.list:
        for name, story in STORIES.items():
            print(f"{name:16} {story.zh}")
        return 0
    target = _target(options.target, options.udp)
    if options.load == "register":
        return _register(options)
    plans = _plans(target, options) if options.load else []
    town = load_city.town(plans[0]) if options.load else city.build(options.seed, options.units)
    if options.write_csv:
        for path in sheets.write(town, options.write_csv, options.modbus):
            print(path)
        return 0
    if not options.udp and not _reachable(target):
        print(f"citysim: nothing listens on {target.host}:{target.port}", file=sys.stderr)
        return 1
    if plans:
        return _load(plans)
    pushes = options.push or os.environ.get(PUSH, "")
    if options.story == "home-smoke" and not pushes:
        print(f"citysim: home-smoke needs --push or {PUSH}", file=sys.stderr)
        return 2
    carrier = Carrier(pushes) if pushes else None
    stage = Stage(town, target, seed=options.seed, pace=options.pace, say=_say, carrier=carrier)
    others = [each for each in (_detectors(town, options), _boards(town, options), _meters(town, options)) if each]
    print(f"citysim: {len(town.units)} units, {town.devices} devices → {target.host}:{target.port}", flush=True)
    return _until_stopped(
        _play(stage, [each.live() for each in others], options.story, options.seconds, quiet=options.quiet)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zhigan simulate", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--target", default=DEFAULT_TARGET, metavar="HOST:PORT", help="the centre's GB/T 26875.3 port")
    parser.add_argument(
        "--coap", default="", metavar="HOST:PORT", help="the centre's CoAP port: detectors in flats too"
    )
    parser.add_argument("--modbus", default="", metavar="HOST:PORT", help="listen here as meters behind a gateway")
    parser.add_argument(
        "--push", default="", metavar="URL",
        help=f"the platform's address for CTWing's pushes with its token; else {PUSH}; none: homes are silent",
    )  # fmt: skip
    parser.add_argument("--udp", action="store_true", help="datagrams instead of connections")
    parser.add_argument("--seed", type=int, default=119, help="same seed, same city")
    parser.add_argument("--units", type=int, default=240, help="how many units the city has")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="10: events come ten times as often, pauses are a tenth"
    )
    parser.add_argument(
        "--story",
        choices=[*STORIES, "round", "none"],
        default="none",
        help="play one story and end; round: one after the other for ever; none: ordinary life only",
    )
    parser.add_argument("--seconds", type=float, default=0.0, help="end after so long (default: when stopped)")
    parser.add_argument("--quiet", action="store_true", help="no lines of progress")
    parser.add_argument("--list", action="store_true", help="name the stories")
    parser.add_argument("--write-csv", type=Path, metavar="FOLDER", help="write units.csv and devices.csv, and end")
    pressure = parser.add_argument_group("load", "measured pressure instead of a city; prints one JSON object a worker")
    pressure.add_argument(
        "--load",
        choices=[*Kind, "storm", "register"],
        help="kind of frames; storm: many devices alarm in a second; register: LwM2M devices at --coap register",
    )
    pressure.add_argument("--connections", type=int, default=50)
    pressure.add_argument("--rate", type=float, default=0.0, help="frames a second; 0: as fast as they are confirmed")
    pressure.add_argument("--workers", type=int, default=1, help="processes that share connections and rate")
    pressure.add_argument("--points", type=int, default=20, help="components behind each device")
    pressure.add_argument("--resend", type=int, default=0, metavar="N", help="at the end, the last N of a line again")
    return parser  # fmt: skip


def _target(text: str, datagrams: bool) -> Target:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise SystemExit(f"citysim: a target is HOST:PORT, not {text!r}")
    return Target(host.strip("[]"), int(port), datagrams)


def _reachable(target: Target) -> bool:
    try:
        socket.create_connection((target.host, target.port), timeout=5).close()
    except OSError:
        return False
    return True


def _say(line: str) -> None:
    print(line, flush=True)


def _until_stopped(play: Coroutine[None, None, None]) -> int:
    """Run until it is told or somebody stops it; both are a clean end."""

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(play)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(whole())
    return 0


def _detectors(town: city.City, options: argparse.Namespace) -> Detectors | None:
    """Stand-alone detectors, where the centre's CoAP port is named."""
    if not options.coap:
        return None
    where = _target(options.coap, datagrams=True)
    return Detectors(town, where.host, where.port, seed=options.seed, pace=options.pace, say=_say)


def _boards(town: city.City, options: argparse.Namespace) -> Boards | None:
    if not options.coap:
        return None
    where = _target(options.coap, datagrams=True)
    return Boards(town, where.host, where.port, seed=options.seed, say=_say)


class _Living(Protocol):
    async def live(self) -> None: ...


def _meters(town: city.City, options: argparse.Namespace) -> _Living | None:
    """Imported, with its library, only where they are wanted."""
    if not options.modbus:
        return None
    where = _target(options.modbus, datagrams=False)
    made: _Living = import_module("citysim.meters").Meters(town, where.host, where.port, seed=options.seed, say=_say)
    return made


async def _play(
    stage: Stage, others: Sequence[Coroutine[None, None, None]], story: str, seconds: float, *, quiet: bool
) -> None:
    acts: list[Coroutine[None, None, None]] = [stage.connected(), *others]
    if not quiet:
        acts.append(_progress(stage))
    if story in STORIES:
        main_act = _one(stage, story)
    elif story == "round":
        main_act = _round(stage)
        acts.append(life.live(stage))
    else:
        main_act = life.live(stage)
    tasks = [asyncio.create_task(act) for act in acts]
    try:
        async with asyncio.timeout(seconds or None):
            await main_act
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _report(stage)


async def _one(stage: Stage, story: str) -> None:
    """Wait for the lines, play, wait for the last confirmation."""
    await _up(stage)
    units = await STORIES[story].play(stage)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            for unit in units:
                await stage.device(unit).settled()


async def _round(stage: Stage) -> None:
    await _up(stage)
    async with asyncio.TaskGroup() as group:
        while True:
            for wait, story in ROUND:
                await stage.pause(wait)
                group.create_task(_told(stage, story))


async def _told(stage: Stage, story: str) -> None:
    await STORIES[story].play(stage)


async def _up(stage: Stage) -> None:
    """Every line is up, or enough time has passed that the rest will not come."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(UP_S):
            for device in stage.devices.values():
                await device.online.wait()


async def _progress(stage: Stage) -> None:
    while True:
        await asyncio.sleep(PROGRESS_S)
        _report(stage)


def _report(stage: Stage) -> None:
    t = stage.tally
    waiting = sum(device.waiting for device in stage.devices.values())
    _say(
        f"connected {t.connected} · sent {t.sent} · confirmed {t.confirmed} · resent {t.resent} · denied {t.denied}"
        f" · dropped {t.dropped} · waiting {waiting} · asked {t.asked} · 查岗 {t.duty_checks}" + _pushed(stage)
    )


def _pushed(stage: Stage) -> str:
    if stage.carrier is None:
        return ""
    p = stage.carrier.pushed
    return f" · pushed {p.taken}/{p.sent} · repeated {p.repeated} · lost {p.dropped}"


def _plans(target: Target, options: argparse.Namespace) -> list[load.Plan]:
    """Connections and rate, shared out. Sheets are written for the first worker's plan: ask for one worker there."""
    workers: int = 1 if options.write_csv else options.workers
    storm = options.load == "storm"
    connections: int = options.connections // workers
    return [
        load.Plan(
            host=target.host,
            port=target.port,
            kind=Kind.FIRE if storm else Kind(options.load),
            connections=connections,
            first=1 + number * connections,
            seed=options.seed,
            points=options.points,
            rate=(options.rate or (options.connections if storm else 0.0)) / workers,
            frames=1 if storm else 0,
            greet=storm,
            seconds=options.seconds or (2.0 if storm else 10.0),
            resend=options.resend,
        )
        for number in range(workers)
    ]


def _register(options: argparse.Namespace) -> int:
    """`--connections` devices at `--rate` a second; one JSON object."""
    where = _target(options.coap, datagrams=True)
    storm = detector_load.Storm(where.host, where.port, options.connections, options.rate or 1000.0)
    outcome = detector_load.run(storm)
    _say(msgspec.json.encode(outcome).decode())
    return 0 if outcome.registered == outcome.devices else 1


def _load(plans: list[load.Plan]) -> int:
    """Each worker is a process with its own devices; each prints its report."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(len(plans), mp_context=spawn) as pool:
        reports = list(pool.map(load.run, plans))
    for report in reports:
        _say(msgspec.json.encode(report).decode())
    return 0 if all(report.unconfirmed == 0 for report in reports) else 1
