"""Code points of GB/T 26875.3-2011: command bytes of the control unit and type marks (8.1).

Absent: names in words and the code lists of systems, components and quantities; those are rows in `tables.py`.
"""

import enum


class Command(enum.IntEnum):
    """控制单元命令字节. 0 and 7–127 are reserved, 128–255 the user's: a frame may carry any of them, see `dialects`."""

    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    ANSWER = 5
    DENY = 6


class Type(enum.IntEnum):
    """类型标志: what the application data unit holds."""

    SYSTEM_STATUS = 1
    COMPONENT_STATUS = 2
    ANALOG = 3
    SYSTEM_OPERATION = 4
    SYSTEM_VERSION = 5
    SYSTEM_CONFIGURATION = 6
    COMPONENT_CONFIGURATION = 7
    SYSTEM_CLOCK = 8
    DEVICE_STATUS = 21
    DEVICE_OPERATION = 24
    DEVICE_VERSION = 25
    DEVICE_CONFIGURATION = 26
    DEVICE_CLOCK = 28
    READ_SYSTEM_STATUS = 61
    READ_COMPONENT_STATUS = 62
    READ_ANALOG = 63
    READ_SYSTEM_OPERATIONS = 64
    READ_SYSTEM_VERSION = 65
    READ_SYSTEM_CONFIGURATION = 66
    READ_COMPONENT_CONFIGURATION = 67
    READ_SYSTEM_CLOCK = 68
    READ_DEVICE_STATUS = 81
    READ_DEVICE_OPERATIONS = 84
    READ_DEVICE_VERSION = 85
    READ_DEVICE_CONFIGURATION = 86
    READ_DEVICE_CLOCK = 88
    INITIALISE = 89
    SYNC_CLOCK = 90
    CHECK_DUTY = 91


ANSWERS: dict[int, int] = {t: t - 60 for t in (*range(61, 69), 81, 84, 85, 86, 88)}
"""Read request → the upload type that answers it (same serial, command 5)."""
