"""Networks between platforms of different levels, and the lines between them that can be cut.

Enters: names of levels, highest first. Leaves: a platform on each level, the address at which the one below finds it,
`cut` and `mend` of the line upward. Where the machine lets us, each level is a network namespace of its own and a line
is a pair of virtual interfaces between two of them, taken down and up: packets vanish, connections hang half open, as
behind a broken cable. Elsewhere a line is a TCP relay, whose connections break. `how` says which it is. Namespaces
are held open by a process at the end of a pipe: they are gone when the test is, however it ends.
"""

import contextlib
import os
import subprocess
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from support.cut import Cut, line
from support.platform import PORT, Platform

OFFICES = 0xC612_0000
"""198.18.0.0/15, kept for trials of networks (RFC 2544): the test's own way to each level, eight addresses a run."""
RUNS = 1 << 14


class Unavailable(Exception):
    """This machine lets us make no namespaces; the text says why."""


class Networks(Protocol):
    how: str

    def platform(self, name: str, folder: Path) -> Platform: ...

    def above(self, name: str) -> str:
        """The address of the level above, as this level finds it."""
        ...

    async def cut(self, name: str) -> None: ...

    async def mend(self, name: str) -> None: ...


class Namespaces:
    how = "network namespaces"

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._holders: dict[str, subprocess.Popen[bytes]] = {}
        self._run = OFFICES + 8 * (os.getpid() % RUNS)

    @contextmanager
    def up(self) -> Iterator["Namespaces"]:
        """Raises `Unavailable`."""
        try:
            try:
                for name in self._names:
                    self._holders[name] = _held()
                self._wire()
            except (OSError, subprocess.SubprocessError) as error:
                raise Unavailable(f"{error} {getattr(error, 'stderr', '')}") from error
            yield self
        finally:
            for holder in self._holders.values():
                holder.kill()
                holder.communicate()

    def _wire(self) -> None:
        for at, name in enumerate(self._names):
            here = f"zg{os.getpid()}-{at}"
            self._inside(name, "link", "set", "lo", "up")
            _ip("link", "add", here, "type", "veth", "peer", "name", "office", "netns", str(self._holders[name].pid))
            _ip("addr", "add", f"{_dotted(self._run + 2 * at)}/31", "dev", here)
            _ip("link", "set", here, "up")
            self._inside(name, "addr", "add", f"{self._office(at)}/31", "dev", "office")
            self._inside(name, "link", "set", "office", "up")
        for at, (upper, name) in enumerate(pairwise(self._names)):
            there = str(self._holders[upper].pid)
            self._inside(name, "link", "add", "upward", "type", "veth", "peer", "name", "downward", "netns", there)
            for level, device, end in ((upper, "downward", 1), (name, "upward", 2)):
                self._inside(level, "addr", "add", f"10.119.{at}.{end}/30", "dev", device)
                self._inside(level, "link", "set", device, "up")

    def _office(self, at: int) -> str:
        return _dotted(self._run + 2 * at + 1)

    def _inside(self, name: str, *arguments: str) -> None:
        _ip(*arguments, within=self._enter(name))

    def _enter(self, name: str) -> tuple[str, ...]:
        return ("nsenter", f"--net=/proc/{self._holders[name].pid}/ns/net")

    def platform(self, name: str, folder: Path) -> Platform:
        return Platform(folder, host=self._office(self._names.index(name)), within=self._enter(name))

    def above(self, name: str) -> str:
        return f"http://10.119.{self._names.index(name) - 1}.1:{PORT}"

    async def cut(self, name: str) -> None:
        self._inside(name, "link", "set", "upward", "down")

    async def mend(self, name: str) -> None:
        self._inside(name, "link", "set", "upward", "up")


class Relays:
    how = "TCP relays"

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._lines: dict[str, Cut] = {}
        self._platforms: dict[str, Platform] = {}

    @asynccontextmanager
    async def up(self) -> AsyncGenerator["Relays"]:
        async with contextlib.AsyncExitStack() as stack:
            for upper, name in pairwise(self._names):
                self._lines[name] = await stack.enter_async_context(line(partial(self._port, upper)))
            yield self

    def platform(self, name: str, folder: Path) -> Platform:
        self._platforms[name] = Platform(folder)
        return self._platforms[name]

    def _port(self, name: str) -> int:
        return self._platforms[name].port

    def above(self, name: str) -> str:
        return self._lines[name].url

    async def cut(self, name: str) -> None:
        await self._lines[name].cut()

    async def mend(self, name: str) -> None:
        await self._lines[name].mend()


@asynccontextmanager
async def networks(*names: str) -> AsyncGenerator[Networks]:
    """Namespaces, or relays where there can be none: the story is told either way."""
    async with contextlib.AsyncExitStack() as stack:
        made: Networks | None = None
        with contextlib.suppress(Unavailable):
            made = stack.enter_context(Namespaces(names).up())
        yield made or await stack.enter_async_context(Relays(names).up())


def _held() -> subprocess.Popen[bytes]:
    """A process in a network of its own, there until its input ends."""
    holder = subprocess.Popen(
        ("unshare", "--net", "sh", "-c", "echo up; exec cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert holder.stdout is not None
    if holder.stdout.readline() != b"up\n":
        holder.communicate()
        raise OSError("no network namespace may be made")
    return holder


def _ip(*arguments: str, within: Sequence[str] = ()) -> None:
    subprocess.run((*within, "ip", *arguments), check=True, capture_output=True, text=True)


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
