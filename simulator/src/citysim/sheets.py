"""The city as the CSV files of `zhigan import` (units, devices, hydrants, circuits), as an operator would bring it in.

Enters: a city. Leaves: four files in UTF-8 whose columns are the field names of the HTTP calls. Absent: any other way
into the platform's registry.
"""

import csv
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

import msgspec

from citysim import mains
from citysim.circuits import PARTS, ZH, Circuit
from citysim.city import City, Point

UNIT_COLUMNS = ("code", "name", "premises", "area_code", "lon", "lat", "industry", "community", "tags")
DEVICE_COLUMNS = (
    "unit_code", "name", "type", "gateway", "address", "building", "floor", "flat", "place", "made_on", "installed_on",
    "profile",
)  # fmt: skip

HYDRANT_COLUMNS = ("code", "name", "area_code", "community", "address", "lon", "lat", "pressure_mpa", "diameter_mm")


def unit_rows(city: City) -> Iterable[Mapping[str, object]]:
    for unit in city.units:
        yield {
            "code": unit.code,
            "name": unit.name,
            "premises": unit.premises,
            "area_code": unit.area_code,
            "lon": unit.lon,
            "lat": unit.lat,
            "industry": unit.industry,
            "community": unit.community,
            "tags": ",".join(unit.tags),
        }


def device_rows(city: City) -> Iterable[Mapping[str, object]]:
    """The transmission device before what hangs behind it."""
    for unit, site in city.sites():
        own = {"unit_code": unit.code, "gateway": "gb26875"}
        yield own | {
            "name": site.name,
            "type": "transmission_device",
            "address": site.address,
            "building": site.building,
            "floor": 1,
            "place": "1层消防控制室",
        }
        for point in site.points:
            yield own | {
                "name": point.name,
                "type": point.type,
                "address": site.address + point.suffix,
                "building": point.building,
                "floor": point.floor,
                "flat": point.flat,
                "place": _where(point),
            }
    for home in city.homes:
        yield {
            "unit_code": home.unit,
            "name": home.name,
            "type": "smoke",
            "gateway": home.gateway,
            "address": home.address,
            "building": home.building,
            "floor": home.floor,
            "flat": home.flat,
            "place": f"{home.flat}室{home.place}",
            "made_on": home.made_on,
        }

    for circuit in city.circuits:
        yield from _board(circuit)


def _board(circuit: Circuit) -> Iterable[Mapping[str, object]]:
    """The device itself, which is the first instance of each of its objects, and the others behind it."""
    own = {
        "unit_code": circuit.unit, "type": circuit.type, "gateway": "lwm2m", "building": circuit.building,
        "floor": circuit.floor, "place": f"{circuit.panel}配电箱",
    }  # fmt: skip
    word = "断路器" if circuit.breaker else "电气火灾监控探测器"
    yield own | {"name": f"{circuit.code} {circuit.name}{word}", "address": circuit.address}
    for metric, phase, object_, instance in PARTS:
        if instance:
            name = f"{circuit.code} {phase.upper()}{'相' if phase in 'abc' and phase else ''}{ZH[metric]}"
            yield own | {
                "name": name, "type": "electrical_monitor", "address": f"{circuit.address}/{object_}.{instance}",
            }  # fmt: skip


CIRCUIT_COLUMNS = (
    "unit_code", "code", "name", "building", "panel", "place", "phases", "rating_a", "load_class", "feeds", "gateway",
    "breaker", "channels",
)  # fmt: skip


def circuit_rows(city: City) -> Iterable[Mapping[str, object]]:
    for circuit in city.circuits:
        channels = [
            f"{metric}{'.' if phase else ''}{phase}={circuit.address}{f'/{object_}.{instance}' if instance else ''}"
            for metric, phase, object_, instance in PARTS
        ]
        yield {
            "unit_code": circuit.unit,
            "code": circuit.code,
            "name": circuit.name,
            "building": circuit.building,
            "panel": circuit.panel,
            "place": f"{circuit.floor}层电井",
            "phases": 3,
            "rating_a": circuit.rating_a,
            "load_class": circuit.load_class,
            "feeds": ";".join(circuit.feeds),
            "gateway": "lwm2m",
            "breaker": circuit.address if circuit.breaker else "",
            "channels": ";".join(channels),
        }


def _where(point: Point) -> str:
    """What a label on the ceiling would say; the building stands in its own column."""
    return f"{point.flat}室{point.place}" if point.flat else f"{point.floor}层{point.place}"


def write(city: City, folder: Path, modbus: str = "") -> tuple[Path, ...]:
    """units.csv, devices.csv, hydrants.csv and circuits.csv in a folder that exists, in the order of their import.
    `modbus`: where the mains' meters are asked (HOST:PORT); without it they are not there."""
    measured = city.mains if modbus else ()
    units, devices, hydrants = folder / "units.csv", folder / "devices.csv", folder / "hydrants.csv"
    circuits = folder / "circuits.csv"
    _sheet(units, UNIT_COLUMNS, unit_rows(city))
    _sheet(devices, DEVICE_COLUMNS, chain(device_rows(city), mains.device_rows(measured, modbus)))
    _sheet(hydrants, HYDRANT_COLUMNS, map(msgspec.structs.asdict, city.hydrants))
    _sheet(circuits, CIRCUIT_COLUMNS, chain(circuit_rows(city), mains.circuit_rows(measured, modbus)))
    return units, devices, hydrants, circuits


def _sheet(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
