"""自动播报: what is announced, as WAV for public-address systems.

Enters: a text. Leaves: WAV, said in a child process with a time limit (speaker.py, or an installed `espeak-ng`); the
last few are kept. Absent: the browser's own voice (the console), and the text (texts.py).
"""

import asyncio
import shutil
import sys
from collections import OrderedDict

MOST_KEPT = 64
MOST_CHARACTERS = 600
PATIENCE_S = 15.0


class Unspoken(Exception):
    """No speech came of it; the message says why, in English."""


class Speaker:
    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._one_at_a_time = asyncio.Semaphore(2)

    async def say(self, text: str) -> bytes:
        said = text[:MOST_CHARACTERS]
        if said in self._kept:
            self._kept.move_to_end(said)
            return self._kept[said]
        async with self._one_at_a_time:
            wav = await _spoken(said)
        self._kept[said] = wav
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return wav


def command() -> list[str]:
    installed = shutil.which("espeak-ng")
    if installed is not None:
        return [installed, "-v", "cmn", "-s", "160", "--stdin", "--stdout"]
    return [sys.executable, "-m", "zhigan.outlets.notify.speaker"]


async def _spoken(text: str) -> bytes:
    try:
        child = await asyncio.create_subprocess_exec(
            *command(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise Unspoken("The speech program could not be started.") from error
    try:
        async with asyncio.timeout(PATIENCE_S):
            wav, _ = await child.communicate(text.encode())
    except TimeoutError as error:
        child.kill()
        await child.wait()
        raise Unspoken("The speech program took too long.") from error
    if child.returncode != 0 or not wav.startswith(b"RIFF"):
        raise Unspoken("The speech program failed.")
    return wav
