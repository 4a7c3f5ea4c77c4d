"""Sheets of other houses made ours: which of their columns is which of our fields, in what units, by a person's word.

Enters: a sheet's lines as they stand, a `Mapping`. Leaves: the same lines under our columns, each with its own number,
or with the reason why it cannot be used. Zeros that stand for "unknown" are left empty; a point that stands where an
earlier line stands is named. Absent: what the fields must be (checks), files and jobs.
"""

import math
import re
import statistics
from collections.abc import Mapping as Names
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhigan.registry.foreign_tables import ENCODINGS, KNOWN_AS, UNITS, WHOLE, WORDS
from zhigan.vocabulary import gcj02
from zhigan.webapi.sheets import Line, SheetError

MOST_APART_M = 100
_DEGREE_M = 111_195.0
_NUMBER = re.compile(r"(?:DN|Φ|φ|ø)?\s*([-+]?\d+(?:[.,]\d+)?)\s*(?:mm|MPa|kPa|bar|psi|L/s|A|\")?", re.I)
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_WITHOUT = re.compile(r"[\s,+:，：]+")
_WORDED = ("state", "kind")


class ColumnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which of the sheet's columns a field comes; several are joined. `unit`: the sheet's; "" where none is."""

    columns: Annotated[list[str], Meta(min_length=1, max_length=4)]
    unit: str = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fields`: our field → rule; `same`: our field → what every line has. `apart_m`: so near is the same point (0:
    none is)."""

    encoding: str = ""
    fields: Annotated[dict[str, ColumnRule], Meta(max_length=40)]
    same: Annotated[dict[str, Annotated[str, Meta(max_length=200)]], Meta(max_length=40)] = {}
    code_prefix: Annotated[str, Meta(max_length=20)] = ""
    coordinates: Literal["wgs84", "gcj02"] = "wgs84"
    zero_unknown: bool = True
    apart_m: Annotated[int, Meta(ge=0, le=MOST_APART_M)] = 0


_decoder = msgspec.json.Decoder(Mapping)


def read(document: str) -> Mapping:
    """Raises `SheetError`, which says what is wrong with it."""
    try:
        made = _decoder.decode(document)
    except msgspec.MsgspecError as error:
        raise SheetError(f"mapping: {error}") from None
    if made.encoding not in ENCODINGS:
        raise SheetError(f"mapping: encoding: one of {', '.join(filter(None, ENCODINGS))}")
    for field, rule in made.fields.items():
        known = UNITS.get(field, {})
        if rule.unit and rule.unit not in known:
            raise SheetError(f"mapping: unit of {field}: one of {', '.join(known)}")
    return made


def guessed(header: Sequence[str], lines: Sequence[Line]) -> dict[str, ColumnRule]:
    """By the columns' words; pressures by their size, since nobody's mains hold 3 MPa and nobody's 3 kPa."""
    plain = {_BRACKETS.sub("", name).strip().lower(): name for name in header if name}
    found: dict[str, ColumnRule] = {}
    for field, words in KNOWN_AS.items():
        name = next((plain[word] for word in (field, *words) if word in plain), None)
        if name is not None:
            found[field] = ColumnRule([name], _unit(field, name, _figures(header, lines, name)))
    if "code" not in found and "name" in found:
        found["code"] = found["name"]
    return found


def _unit(field: str, name: str, figures: Sequence[float]) -> str:
    known = UNITS.get(field)
    if known is None:
        return ""
    said = next((unit for unit in known if unit.lower() in name.lower()), None)
    if said is not None or not figures:
        return said or next(iter(known))
    usual = statistics.median(figures)
    if field in WHOLE:
        return "inch" if usual <= 12 else "mm"
    if field == "flow_lps":
        return "L/min" if usual > 150 else "L/s"
    return "MPa" if usual <= 1.6 else "bar" if usual <= 16 else "kPa"


def _figures(header: Sequence[str], lines: Sequence[Line], name: str) -> list[float]:
    at = header.index(name)
    cells = (line.cells[at] for line in lines if len(line.cells) > at)
    return [figure for cell in cells if (figure := _figure(cell)) is not None and figure > 0]


def _figure(cell: str) -> float | None:
    found = _NUMBER.fullmatch(cell.strip())
    return None if found is None else float(found.group(1).replace(",", "."))


def unused(made: Mapping, header: Sequence[str]) -> list[str]:
    """Columns of the sheet that nothing comes from."""
    used = {name.strip().lower() for rule in made.fields.values() for name in rule.columns}
    return [name for name in header if name and name not in used]


def translated(made: Mapping, header: Sequence[str], lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Our columns and the lines below them. Raises `SheetError` where a column that was named is not there."""
    places: dict[str, list[int]] = {}
    for field, rule in made.fields.items():
        missing = [name for name in rule.columns if name.strip().lower() not in header]
        if missing:
            raise SheetError(f"the columns {', '.join(missing)} are missing")
        places[field] = [header.index(name.strip().lower()) for name in rule.columns]
    names = [*made.fields, *(name for name in made.same if name not in made.fields)]
    points = _Points(made.apart_m)
    return names, [line if line.reason else _line(made, names, places, line, points) for line in lines]


def _line(
    made: Mapping, names: Sequence[str], places: Names[str, Sequence[int]], line: Line, points: "_Points"
) -> Line:
    values: dict[str, str] = dict(made.same)
    for field, at in places.items():
        parts = [line.cells[n].strip() for n in at if n < len(line.cells) and line.cells[n].strip()]
        text = ("-" if field == "code" else " ").join(parts)
        values[field] = _value(made, field, text) or made.same.get(field, "")
    _placed(made, values)
    doubled = points.doubled(values, line.number)
    if doubled is not None:
        return Line(line.number, (), f"stands where line {doubled} stands")
    return Line(line.number, tuple(values.get(name, "") for name in names))


def _value(made: Mapping, field: str, text: str) -> str:
    if field == "code":
        return made.code_prefix + _WITHOUT.sub("-", text) if text else ""
    if field in _WORDED:
        return WORDS.get(text.lower(), text)
    if field not in UNITS and field not in ("lon", "lat"):
        return text
    figure = _figure(text)
    if figure is None:
        return text  # what is no figure is named by the form
    if figure == 0 and made.zero_unknown:
        return ""
    unit = made.fields[field].unit
    kept = figure * UNITS[field][unit] if unit else figure
    return str(round(kept)) if field in WHOLE else f"{kept:.7f}".rstrip("0").rstrip(".")


def _placed(made: Mapping, values: dict[str, str]) -> None:
    if made.coordinates == "wgs84":
        return
    lon, lat = _figure(values.get("lon", "")), _figure(values.get("lat", ""))
    if lon is not None and lat is not None:
        values["lon"], values["lat"] = (f"{each:.7f}" for each in gcj02.to_wgs(lon, lat))


class _Points:
    """Where lines stand, in squares as wide as two points may be apart."""

    def __init__(self, apart_m: int) -> None:
        self._apart = apart_m / _DEGREE_M
        self._squares: dict[tuple[int, int], list[tuple[float, float, int]]] = {}

    def doubled(self, values: Names[str, str], number: int) -> int | None:
        """The earlier line that stands there."""
        lon, lat = _figure(values.get("lon", "")), _figure(values.get("lat", ""))
        if not self._apart or lon is None or lat is None:
            return None
        x, y = lon * math.cos(math.radians(lat)), lat
        column, row = math.floor(x / self._apart), math.floor(y / self._apart)
        for square in ((column + a, row + b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
            for other in self._squares.get(square, ()):
                if math.hypot(x - other[0], y - other[1]) <= self._apart:
                    return other[2]
        self._squares.setdefault((column, row), []).append((x, y, number))
        return None
