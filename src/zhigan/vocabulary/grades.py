"""预警等级: our four warning grades (policy.md). Never 119's own 火警等级."""

import enum

Grade = enum.IntEnum("Grade", {"I": 1, "II": 2, "III": 3, "IV": 4}, module=__name__)
"""Smaller is graver, as in the field: I red is the highest. Made by a call: a line `I = 1` is easily misread."""


class Kind(enum.StrEnum):
    """What an incident is about (contract.md)."""

    FIRE = "fire"
    GAS = "gas"
    ELECTRICAL = "electrical"
    WATER = "water"
    FACILITY = "facility"
    SHIELD = "shield"
    FAULT = "fault"
    LINK = "link"
    DUTY = "duty"
    EXIT = "exit"
    HYDRANT = "hydrant"
    TAMPER = "tamper"
