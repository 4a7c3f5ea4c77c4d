"""The city's 119 command centre as a process of its own: what the platform meets is a stranger over HTTP."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from support.platform import ROOT, free_port

PATIENCE_S = 30.0


class CentreProcess:
    def __init__(self, token: str, feedback_token: str) -> None:
        self.token, self.feedback_token = token, feedback_token
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def got(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/got.json", timeout=PATIENCE_S).json()

    def becomes(self, mode: str) -> None:
        assert httpx.post(f"{self.url}/control?mode={mode}", timeout=PATIENCE_S).status_code == 303

    @contextmanager
    def running(self, feedback: str = "", pace: float = 0.02) -> Iterator[None]:
        command = [sys.executable, "-m", "citysim.centre119", "--listen", f"127.0.0.1:{self.port}", "--pace", str(pace)]
        environment = {
            **os.environ, "CITYSIM_119_TOKEN": self.token, "CITYSIM_119_FEEDBACK_TOKEN": self.feedback_token,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "simulator" / "src"))),
        }  # fmt: skip
        process = subprocess.Popen(
            [*command, "--feedback", feedback], env=environment, stdout=subprocess.PIPE, text=True
        )
        patience = threading.Timer(PATIENCE_S, process.kill)
        patience.start()
        try:
            assert process.stdout is not None
            with process.stdout:
                assert process.stdout.readline() == "ready\n"
                patience.cancel()
                yield
                process.terminate()
        finally:
            patience.cancel()
            process.kill()
            process.wait(PATIENCE_S)
