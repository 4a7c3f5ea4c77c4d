"""The whole platform as an operator starts it: `zhigan serve` in a data folder and on ports of its own.

Enters: a folder. Leaves: its address, its device port, accounts made by `zhigan user add`. Nothing of it is replaced;
only durability of the test's own database is as in production, since crash tests depend on it.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

READY_S = 90.0
PORT, DEVICES = 8119, 5119
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ended(_number: int, _frame: object) -> None:
    """A time limit's SIGTERM unwinds, so that no platform outlives what started it."""
    raise SystemExit(128 + signal.SIGTERM)


class Platform:
    def __init__(self, folder: Path, *, host: str = "", within: Sequence[str] = (), **settings: str) -> None:
        """`within`: the command that goes into another network, where all ports are free; `host`: its address here."""
        self.folder, self.host, self._within = folder, host or "127.0.0.1", tuple(within)
        self.port, self.gb26875_port = (PORT, DEVICES) if within else (free_port(), free_port())
        listening = "0.0.0.0" if within else self.host
        self.url = f"http://{self.host}:{self.port}"
        self._accounts: dict[str, tuple[str, str]] = {}
        self._process: subprocess.Popen[str] | None = None
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "simulator" / "src"))),
            "ZHIGAN_DATA": str(folder),
            "ZHIGAN_HTTP": f"{listening}:{self.port}",
            "ZHIGAN_GB26875": f"{listening}:{self.gb26875_port}",
            "ZHIGAN_COAP": "",
            "ZHIGAN_LOG_LEVEL": "warning",
            **{f"ZHIGAN_{name.upper()}": value for name, value in settings.items()},
        }

    def start(self) -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _ended)
        self._process = subprocess.Popen(
            self.command("serve"), env=self.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout is not None
        patience = threading.Timer(READY_S, self._process.kill)
        patience.start()
        said: list[str] = []
        for line in self._process.stdout:
            if line == "ready\n":
                break
            said.append(line)
        patience.cancel()
        assert self._process.poll() is None, f"the platform did not become ready: {''.join(said)}"

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._gone()

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is gone; its children die with it."""
        assert self._process is not None
        self._process.kill()
        self._gone()

    def _gone(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout:
            return self._process.wait(60)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self, *arguments: str) -> list[str]:
        return [*self._within, sys.executable, "-m", "zhigan.processes", *arguments]

    def run(self, *arguments: str, words: str = "") -> subprocess.CompletedProcess[str]:
        """A command beside the running platform, on the same data folder."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, input=words, text=True, capture_output=True, timeout=120
        )

    def account(self, role: str, scope: str = "city") -> tuple[str, str]:
        """(name, password) of an account of this role; made when first asked for."""
        key = f"{role} {scope}"
        if key not in self._accounts:
            name, password = f"{role}-{len(self._accounts)}", secrets.token_urlsafe(12)
            made = self.run("user", "add", name, "--role", role, "--scope", scope, "--password-stdin", words=password)
            assert made.returncode == 0, made.stderr
            self._accounts[key] = (name, password)
        return self._accounts[key]
