"""The simulator's own clock: the one place of citysim that asks the machine for the time.

Leaves: µs since 1970 UTC. A device's clock is this one plus its own error, until the centre sets it.
"""

import time


def micros() -> int:
    return time.time_ns() // 1000
