"""Ten platforms below at 500 events/s each, while both sides are killed: is each event held once, and how late?

The real city with fsync on; each platform below is a process that signs and batches as one of ours does, and knows
after a SIGKILL only its ledger, which may be behind. Every event is a line of an incident, so that what the city holds
can be counted line by line. First nobody dies, then every few seconds a few of the lower ones, the city's web process,
or the whole city with its database gets SIGKILL, then nobody again. One JSON object; exit code 1 when a line is lost,
doubled or out of order. All of it shares one machine.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx

from federation import INCIDENTS, MOST_BATCH, PLATFORMS, RATE, TICK_S, UNITS, city, p
from soak import descendants

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.peer import Peer
from support.platform import Platform
from zhigan.federation.wire import encode
from zhigan.federation.worker import LONGEST_PAUSE_S
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.ids import mint
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.moments import SECOND

CALM_S, KILLS_S = 20.0, 60.0
LATE_S = 2.0
LOWER_S, UPPER_S = (1.5, 3.5), (6.0, 9.0)
UPPER = ("web", "web", "city", "web", "city")
DONE_S = 180.0
HELD = """
select l.lower::text, l.there::text,
       array_agg((t.detail::jsonb ->> 'n')::integer order by t.seq) filter (where t.detail::jsonb ? 'n') as lines
from federation.link l left join incidents.timeline t on t.incident = l.here
where l.kind = 'incident' group by l.lower, l.there"""
DAYS = "select sum(events)::bigint, sum(applied)::bigint, sum(skipped + unread)::bigint from federation.day"


CLOCK = SystemClock()
STARTING_S = 20.0
"""Ten processes want to be up before the first event arises."""


def now_s() -> float:
    return CLOCK.micros() / SECOND


class Told(NamedTuple):
    """Events up to this one are held, and that was known then."""

    upto: int
    at: float


class Below(Peer):
    """As it stands in its file; `began`: when its first event arose."""

    def __init__(self, state: Path) -> None:
        known = json.loads(state.read_text())
        self.url, self.id, self.platform = known["url"], known["id"], known["platform"]
        self.secret, self.clock = known["secret"].encode(), CLOCK
        self.client = httpx.Client(timeout=60)
        self.units, self.fires, self.total = known["units"], known["fires"], known["total"]
        self.began, self._ledger = float(known["began"]), state.with_suffix(".ledger")
        self.position = told(self._ledger)[-1].upto

    def lives(self) -> None:
        out = os.open(self._ledger, os.O_WRONLY | os.O_APPEND)
        failures = 0
        while self.position < self.total:
            began = now_s()
            upto = min(self.total, self.position + MOST_BATCH, 1 + int((began - self.began) * RATE))
            if upto > self.position:
                try:
                    answer = self.post(self._batch(upto))
                    failures = 0
                except httpx.HTTPError:
                    answer = None
                if answer is None or answer.status_code not in (200, 409):
                    failures += 1
                    time.sleep(min(LONGEST_PAUSE_S, 0.5 * 2.0**failures))
                    continue
                self.position = int(answer.json()["position"])
                os.write(out, f"{self.position} {now_s()}\n".encode())
            if upto - self.position < MOST_BATCH:
                time.sleep(max(0.0, TICK_S - (now_s() - began)))

    def _batch(self, upto: int) -> bytes:
        """Event n says that one more line stands in its incident; the last of each brings them all."""
        source, made = f"/platforms/{self.platform}", list[dict[str, Any]]()
        for n in range(self.position + 1, upto + 1):
            data: dict[str, Any] = {"units": self.units} if n == 1 else self._event(n, upto)
            made.append({
                "specversion": "1.0", "id": str(n), "source": source,
                "type": f"cn.zhigan119.{'state.told' if n == 1 else 'incident.changed'}.v1",
                "time": self.clock.now().isoformat(), "sequence": str(n), "previous": str(n - 1), "data": data,
            })  # fmt: skip
        return encode(made)

    def _event(self, n: int, upto: int) -> dict[str, Any]:
        number, line = line_of(n)
        id_ = self.fires[number]
        data: dict[str, Any] = {"body": {"id": id_, "version": line, "state": "open"}}
        if n + INCIDENTS > upto:
            at = int(self.began * SECOND)
            first = max(1, line_of(self.position + 1)[1])
            alarm = {"id": id_[:-4] + "aaaa", "address": f"A{number}", "device": f"感烟{number}", "kind": "fire",
                     "condition": "fire", "raised_at": at, "received_at": at, "last_at": at}  # fmt: skip
            lines = [{"seq": k, "at": at + k, "who": "platform", "what": "cleared", "detail": f'{{"n":{k}}}'}
                     for k in range(first, line + 1)]  # fmt: skip
            data["incidents"] = [{
                "id": id_, "version": line, "opened_at": at, "received_at": at, "last_signal_at": at + line,
                "alarm_count": 1, "alarms": [alarm], "lines": lines,
                "place": {"unit_id": self.units[number % UNITS]["id"], "text": "三层走廊"},
            }]  # fmt: skip
        return data


def line_of(n: int) -> tuple[int, int]:
    """Of which incident event n (the second is the first of them) speaks, and which of its lines it is."""
    return (n - 2) % INCIDENTS, (n - 2) // INCIDENTS + 1


def told(ledger: Path) -> list[Told]:
    """A line that a death has torn is none."""
    lines = [line.split() for line in ledger.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [Told(int(upto), float(at)) for upto, at in lines]


def joined(url: str, code: str, folder: Path, number: int, total: int, began: float) -> Path:
    peer = Peer(url, code)
    units = [
        {"id": mint(peer.clock), "code": f"B{number}-{n}", "name": f"单位{n}", "premises": "crowded",
         "area_code": "360802", "area": "360802", "lon": 114.98, "lat": 27.11}
        for n in range(UNITS)
    ]  # fmt: skip
    known = {
        "url": url, "id": peer.id, "platform": peer.platform, "secret": peer.secret.decode(), "units": units,
        "fires": [mint(peer.clock) for _ in range(INCIDENTS)], "total": total, "began": began,
    }  # fmt: skip
    state = folder / f"below-{number}.json"
    state.write_text(json.dumps(known))
    state.with_suffix(".ledger").write_text(f"0 {began}\n")
    peer.close()
    return state


class Killing:
    """Both sides, each in its own time."""

    def __init__(self, platform: Platform, states: list[Path], seed: int) -> None:
        self.platform, self.states, self._chance = platform, states, random.Random(seed)
        self.lower = [self._begins(state) for state in states]
        self.killed = {"below": 0, "web": 0, "city": 0}
        self.at: list[float] = []

    def _begins(self, state: Path) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, __file__, "--below", str(state)], env=self.platform.environment)

    def below(self, until: float) -> None:
        chance = random.Random(self._chance.random())
        while now_s() < until:
            for number in chance.sample(range(len(self.lower)), chance.randint(1, 3)):
                self.lower[number].kill()
                self.lower[number].wait()
                self.lower[number] = self._begins(self.states[number])
                self.killed["below"] += 1
            time.sleep(chance.uniform(*LOWER_S))

    def above(self, until: float) -> None:
        turn = 0
        while now_s() < until:
            what = UPPER[turn % len(UPPER)]
            turn += 1
            self.at.append(now_s())
            self.killed[what] += 1
            if what == "city":
                self.platform.kill()
                self.platform.start()
            else:
                for pid, command in descendants(self.platform.pid):
                    if " web " in command:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
            time.sleep(self._chance.uniform(*UPPER_S))

    def runs(self, first: float, last: float) -> None:
        time.sleep(max(0.0, first - now_s()))
        threads = [threading.Thread(target=each, args=(last,)) for each in (self.below, self.above)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for each in self.lower:
            assert each.wait(DONE_S) == 0


def lags(states: list[Path], began: float) -> list[tuple[float, float]]:
    """Of every event: when it arose, and how long until its platform knew that it is held."""
    found: list[tuple[float, float]] = []
    for state in states:
        last = 1
        for upto, at in told(state.with_suffix(".ledger"))[1:]:
            for n in range(last + 1, upto + 1):
                born = began + (n - 1) / RATE
                found.append((born, at - born))
            last = max(last, upto)
    return found


def recovered(found: list[tuple[float, float]], killed: list[float]) -> Iterator[float]:
    """After each death above: seconds until nothing was late any more."""
    for at, following in zip(killed, [*killed[1:], float("inf")], strict=True):
        late = [born + lag for born, lag in found if at - LATE_S <= born < following and lag > LATE_S]
        yield round(max(late, default=at) - at, 1)


async def held(platform: Platform, states: list[Path]) -> dict[str, int]:
    """What the city has, line by line, against what arose."""
    async with database(Settings.load(platform.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            rows = {(r["lower"], r["there"]): r["lines"] for r in await conn.fetch(HELD)}
            events, applied, wrong = await conn.fetchrow(DAYS)
        finally:
            await conn.close()
    lost = doubled = disordered = lines = 0
    for state in states:
        known = json.loads(state.read_text())
        for number, id_ in enumerate(known["fires"]):
            wanted = range(1, len(range(number + 2, known["total"] + 1, INCIDENTS)) + 1)
            have = rows.get((known["id"], id_)) or []
            lost += len(set(wanted) - set(have))
            doubled += len(have) - len(set(have))
            disordered += have != sorted(have)
            lines += len(have)
    return {
        "events": sum(json.loads(state.read_text())["total"] for state in states), "held_events": events,
        "applied": applied, "unread_or_skipped": wrong, "held_lines": lines, "lost": lost, "doubled": doubled,
        "disordered": disordered,
    }  # fmt: skip


def run(calm_s: float, kills_s: float, seed: int) -> int:
    with city() as (platform, codes), tempfile.TemporaryDirectory() as folder:
        seconds = 2 * calm_s + kills_s
        began = now_s() + STARTING_S
        total = 1 + int(seconds * RATE)
        states = [joined(platform.url, code, Path(folder), n, total, began) for n, code in enumerate(codes)]
        killing = Killing(platform, states, seed)
        killing.runs(began + calm_s, began + calm_s + kills_s)
        done = now_s()
        found = lags(states, began)
        calm = [lag for born, lag in found if born - began < calm_s]
        dying = [lag for born, lag in found if calm_s <= born - began < calm_s + kills_s]
        recover = list(recovered(found, killing.at))
        rest = killing.at[-1] + recover[-1]
        after = [lag for born, lag in found if born >= rest]
        result = {
            "benchmark": "federation_killed", "platforms": PLATFORMS, "events_per_s_each": RATE,
            "seconds": round(done - began, 1), "killed": killing.killed, **asyncio.run(held(platform, states)),
            "lag_p99_s": {"before": p(calm, 0.99), "while_dying": p(dying, 0.99), "after": p(after, 0.99)},
            "lag_max_s": p([lag for _, lag in found], 1.0), "recovered_after_s": recover,
        }  # fmt: skip
        print(json.dumps(result), flush=True)
        good = result["events"] == result["held_events"] and not any(
            result[n] for n in ("lost", "doubled", "disordered")
        )
        return 0 if good else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calm-s", type=float, default=CALM_S)
    parser.add_argument("--kills-s", type=float, default=KILLS_S)
    parser.add_argument("--seed", type=int, default=119)
    parser.add_argument("--below", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.below is not None:
        Below(options.below).lives()
        return 0
    return run(options.calm_s, options.kills_s, options.seed)


if __name__ == "__main__":
    sys.exit(main())
