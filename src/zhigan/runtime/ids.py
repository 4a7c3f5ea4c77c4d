"""Fresh ids: UUIDv7 from a clock and the machine's entropy. The pure form is `zhigan.vocabulary.ids`."""

import os

from zhigan.runtime.clock import Clock
from zhigan.vocabulary.ids import uuid7


def mint(clock: Clock) -> str:
    return uuid7(clock.micros(), os.urandom(10))
