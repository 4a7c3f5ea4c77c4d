"""The nouns of Modbus: what a map says of a device's registers, and what was understood of them.

Register addresses count from zero, as they stand in the frame (a manual's 40001 is 0). `sure` says how far a map may be
trusted: `manual` is the maker's own table; `listing` is somebody else's list of it, to be compared with the display.
"""

from typing import Literal

import msgspec

Function = Literal[3, 4]
"""Holding registers, input registers."""
Kind = Literal["u16", "s16", "u32", "s32", "f32"]


class Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request. What lies apart is read apart: many devices answer with an exception where a gap begins."""

    address: int
    count: int = 1
    function: Function = 3


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A measured quantity: raw value times `scale`. `low` first: the low word of two comes first. `absent`: raw values
    that mean that nothing is connected."""

    metric: str
    address: int
    point: str = ""
    kind: Kind = "u16"
    scale: float = 1.0
    low_first: bool = False
    function: Function = 3
    absent: tuple[int, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A register whose bits, or whose values behind `mask` and `shift`, mean conditions; those that it does not show
    now are over."""

    address: int
    point: str = ""
    function: Function = 3
    mask: int = 0xFFFF
    shift: int = 0
    bits: dict[int, str] = {}
    values: dict[int, str] = {}


class Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    zh: str
    en: str
    type: str
    sure: Literal["manual", "listing"]
    source: str
    every_s: int = 30
    reads: tuple[Read, ...]
    values: tuple[Value, ...] = ()
    states: tuple[State, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a device, or one point of it, says: `known` are the conditions that its registers can show at all."""

    point: str
    conditions: int = 0
    known: int = 0
    readings: tuple[tuple[int, float], ...] = ()
