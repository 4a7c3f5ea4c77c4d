"""Platforms below, telling one city, with the real city process and fsync on. One JSON object a line.

`live`: ten platforms, 500 events/s each, for a while: from an event's birth to the city's signed answer that it holds
it durably, copies and all. `backlog`: one of them comes back after an outage with a million events (`--quick`: 20,000)
and tells them as fast as the city takes them, while the others go on live. Each platform is a thread of one process
that signs as a platform does; events are those of its incidents: most say that something changed, the last of each in
a batch brings the incident as it stands, with its alarms and lines, as `federation/sending.py` does. The senders share
the machine.
"""

import argparse
import contextlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.peer import Peer
from support.platform import Platform
from zhigan.federation.wire import encode
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_micros

PLATFORMS, RATE, TICK_S = 10, 500, 0.25
UNITS, INCIDENTS, LINES = 20, 20, 8
MOST_BATCH = 1000
LIVE_S, BACKLOG = 20.0, 1_000_000
BESIDE = 50
"""Events/s of each other platform while one tells its backlog."""


class Below:
    """One platform with some units that burn all the time."""

    def __init__(self, url: str, code: str) -> None:
        self.peer = Peer(url, code)
        self.now = to_micros(self.peer.clock.now())
        self.units = [mint(self.peer.clock) for _ in range(UNITS)]
        self.fires = [mint(self.peer.clock) for _ in range(INCIDENTS)]
        self.turn = 0
        self.lags: list[float] = []
        self.sent = 0

    def tells_registry(self) -> None:
        units = [
            {"id": id_, "code": f"{self.peer.id[-6:]}-{n}", "name": f"单位{n}", "premises": "crowded",
             "area_code": "360802", "area": "360802", "lon": 114.98, "lat": 27.11}
            for n, id_ in enumerate(self.units)
        ]  # fmt: skip
        assert self.peer.send([self.peer.event({"units": units})]).status_code == 200

    def fire(self, number: int) -> dict[str, Any]:
        """As it stands after this turn: one line more."""
        id_ = self.fires[number]
        alarm = {"id": id_[:-4] + "aaaa", "address": f"A{number}", "device": f"感烟{number}", "kind": "fire",
                 "condition": "fire", "raised_at": self.now, "received_at": self.now, "last_at": self.now}  # fmt: skip
        first = max(1, self.turn - LINES)
        lines = [{"seq": n, "at": self.now + n, "who": "platform", "what": "cleared", "detail": '{"at":"x"}'}
                 for n in range(first, self.turn + 1)]  # fmt: skip
        return {
            "id": id_, "version": self.turn, "opened_at": self.now, "received_at": self.now,
            "last_signal_at": self.now + self.turn, "alarm_count": 1, "alarms": [alarm], "lines": lines,
            "place": {"unit_id": self.units[number % UNITS], "text": "三层走廊"},
        }  # fmt: skip

    def batch(self, events: int) -> bytes:
        """So many events that follow, the last of each incident with its document."""
        self.turn += 1
        at, source = self.peer.position, f"/platforms/{self.peer.platform}"
        made: list[dict[str, Any]] = []
        for n in range(1, events + 1):
            number = n % INCIDENTS
            data: dict[str, Any] = {"body": {"id": self.fires[number], "version": self.turn, "state": "open"}}
            if n > events - INCIDENTS:
                data["incidents"] = [self.fire(number)]
            made.append({
                "specversion": "1.0", "id": str(at + n), "source": source, "type": "cn.zhigan119.incident.changed.v1",
                "time": self.peer.clock.now().isoformat(), "sequence": str(at + n), "previous": str(at + n - 1),
                "data": data,
            })  # fmt: skip
        return encode(made)

    def tells(self, events: int, born: float) -> None:
        answer = self.peer.post(self.batch(events))
        assert answer.status_code == 200, answer.text
        done = time.monotonic()
        self.lags += [done - born] * events
        self.sent += events

    def lives(self, seconds: float, rate: int) -> None:
        """What arose since the last batch goes in the next one: an event of each moment of the tick."""
        began, told = time.monotonic(), 0
        while (now := time.monotonic()) - began < seconds:
            due = int((now - began) * rate) - told
            if due < 1:
                time.sleep(TICK_S / 5)
                continue
            some = min(due, MOST_BATCH)
            born = began + told / rate  # the oldest of them
            self.tells(some, born)
            told += some
            time.sleep(max(0.0, TICK_S - (time.monotonic() - now)))

    def drains(self, events: int) -> float:
        """As fast as the city takes them; how long it took."""
        began = time.monotonic()
        while events > 0:
            some = min(events, MOST_BATCH)
            self.tells(some, time.monotonic())
            events -= some
        return time.monotonic() - began


def p(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0


def say(what: str, **figures: object) -> None:
    print(json.dumps({"benchmark": "federation", "what": what, **figures}), flush=True)


@contextlib.contextmanager
def city() -> Iterator[tuple[Platform, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "city")
        platform.start()
        try:
            with httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60) as office:
                name, password = platform.account("admin")
                token = office.post("/login", json={"username": name, "password": password}).json()["token"]
                head = {"authorization": f"Bearer {token}"}
                codes = [
                    office.post("/federation/invitations", json={"slug": f"b{n}", "name": f"平台{n}"}, headers=head)
                    .json()["code"] for n in range(PLATFORMS)
                ]  # fmt: skip
            yield platform, codes
        finally:
            platform.stop()


def tell(url: str, codes: list[str], live_s: float, backlog: int, pipe: Any) -> None:
    below = [Below(url, code) for code in codes]
    with ThreadPoolExecutor(PLATFORMS) as pool:
        list(pool.map(Below.tells_registry, below))
        began = time.monotonic()
        list(pool.map(lambda each: each.lives(live_s, RATE), below))
        took = time.monotonic() - began
        lags, sent = [lag for each in below for lag in each.lags], sum(each.sent for each in below)
        pipe.send(("live", {"platforms": PLATFORMS, "events_per_s_each": RATE, "seconds": round(took, 1),
                            "events": sent, "events_per_s": round(sent / took), "lag_p50_s": p(lags, 0.5),
                            "lag_p99_s": p(lags, 0.99), "lag_max_s": p(lags, 1.0)}))  # fmt: skip
        for each in below:
            each.lags, each.sent = [], 0
        late, others = below[0], below[1:]
        draining = pool.submit(late.drains, backlog)
        while not draining.done():
            list(pool.map(lambda each: each.lives(2.0, BESIDE), others))
        took = draining.result()
        lags = [lag for each in others for lag in each.lags]
        pipe.send(("backlog", {"events": backlog, "seconds": round(took, 1), "batch_s_p50": p(late.lags, 0.5),
                               "events_per_s": round(backlog / took),
                               "live_platforms": len(others), "live_events_per_s_each": BESIDE,
                               "live_lag_p99_s": p(lags, 0.99), "live_lag_max_s": p(lags, 1.0)}))  # fmt: skip
    for each in below:
        each.peer.close()
    pipe.send(None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a smaller backlog")
    parser.add_argument("--live-s", type=float, default=LIVE_S)
    parser.add_argument("--backlog", type=int, default=BACKLOG)
    options = parser.parse_args()
    with city() as (platform, codes):
        ours, theirs = multiprocessing.Pipe()
        backlog = 20_000 if options.quick else options.backlog
        told = (platform.url, codes, options.live_s, backlog, theirs)
        teller = multiprocessing.get_context("spawn").Process(target=tell, args=told)
        teller.start()
        while (line := ours.recv()) is not None:
            say(line[0], **line[1])
        teller.join()


if __name__ == "__main__":
    main()
