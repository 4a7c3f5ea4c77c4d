"""GCJ-02, the coordinates of Chinese maps, and back to WGS-84, which is what stands everywhere in here.

Enters: degrees. Leaves: degrees; the way back is found by going forth until it fits (to about a centimetre). Outside
China the two are the same. Absent: which of the two a sheet holds, which people say.
"""

import math

_AXIS = 6_378_245.0
_FLAT = 0.006_693_421_622_965_943
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ROUNDS = 8
_FITS = 1e-9


def from_wgs(lon: float, lat: float) -> tuple[float, float]:
    if not (_WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    waves = _wave(6, x) * 20 + _wave(2, x) * 20
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (waves + _wave(1, y) * 20 + _wave(1 / 3, y) * 40 + _wave(1 / 12, y) * 160 + _wave(1 / 30, y) * 320) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (waves + _wave(1, x) * 20 + _wave(1 / 3, x) * 40 + _wave(1 / 12, x) * 150 + _wave(1 / 30, x) * 300) * 2 / 3
    bend = 1 - _FLAT * math.sin(math.radians(lat)) ** 2
    return (
        lon + math.degrees(east / (_AXIS / math.sqrt(bend) * math.cos(math.radians(lat)))),
        lat + math.degrees(north / (_AXIS * (1 - _FLAT) / (bend * math.sqrt(bend)))),
    )


def to_wgs(lon: float, lat: float) -> tuple[float, float]:
    here = lon, lat
    for _ in range(_ROUNDS):
        there = from_wgs(*here)
        off = lon - there[0], lat - there[1]
        here = here[0] + off[0], here[1] + off[1]
        if abs(off[0]) + abs(off[1]) < _FITS:
            break
    return here


def _wave(times: float, value: float) -> float:
    return math.sin(times * value * math.pi)
