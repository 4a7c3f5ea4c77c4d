"""A child for the supervisor's tests: writes a line about itself, then behaves as told.

`child.py FILE stay|stubborn|listen|end:CODE`: stays until SIGTERM; stays in spite of it; stays, and writes what it was
told on its standard input instead of its word; ends at once with a code.
"""

import os
import signal
import sys
from pathlib import Path


def main(file: str, manner: str) -> int:
    if manner == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    word = sys.stdin.readline().strip() if manner == "listen" else os.environ.get("WORD", "")
    with Path(file).open("a") as out:
        out.write(f"{os.getpid()} {os.getsid(0)} {word}\n")
    if manner.startswith("end:"):
        return int(manner.removeprefix("end:"))
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
