"""`zhigan decode`: hex as a technician pastes it in, lines out; the command line prints them (`processes`).

Enters: arguments. Leaves: lines, and the exit code. One frame a JSON object with `--json`, else a paragraph in words.
"""

import re

import msgspec

from zhigan.protocols.gb26875 import explain, tables
from zhigan.protocols.gb26875.dialects import TOLERANT, Dialect, shown_serial, split_component
from zhigan.protocols.gb26875.frame import Fault, Frame
from zhigan.protocols.gb26875.layouts import decode_adu
from zhigan.protocols.gb26875.objects import Analog, Object
from zhigan.protocols.gb26875.reader import Event, read_all
from zhigan.protocols.gb26875.words_tables import Language

NOT_HEX = "not_hex"
_SEPARATORS = re.compile(r"0[xX]|\\x|[\s,;:_\-]+")
_PAIR = re.compile(r"(0[xX])?[0-9A-Fa-f]{1,2},?")


def decode_lines(
    hex_args: list[str], as_json: bool, language: Language = "zh", dialect: Dialect = TOLERANT
) -> tuple[list[str], int]:
    """Each argument holds one frame or several glued ones; a frame spread over arguments of two digits is put
    together.
    """
    args = [" ".join(hex_args)] if len(hex_args) > 1 and all(map(_PAIR.fullmatch, hex_args)) else hex_args
    lines: list[str] = []
    bad = False
    for arg in args:
        try:
            events = read_all(bytes.fromhex(_SEPARATORS.sub("", arg)), dialect)
        except ValueError as wrong:
            bad = True
            lines += _not_hex(arg, str(wrong), as_json)
            continue
        for event in events:
            bad = bad or isinstance(event, Fault)
            lines += _show(event, as_json, language, dialect)
    return lines, int(bad)


def _not_hex(arg: str, detail: str, as_json: bool) -> list[str]:
    if as_json:
        return [msgspec.json.encode({"error": NOT_HEX, "detail": f"{arg[:40]!r}: {detail}"}).decode()]
    return [f"{NOT_HEX}: {arg[:40]!r}: {detail}"]


def _show(event: Event, as_json: bool, language: Language, dialect: Dialect) -> list[str]:
    if as_json:
        row = fault_row(event) if isinstance(event, Fault) else frame_row(event, dialect)
        return [msgspec.json.encode(row).decode()]
    if isinstance(event, Fault):
        return explain.explain_fault(event, language)
    return explain.explain(event, language, dialect)


def fault_row(fault: Fault) -> dict[str, object]:
    return {"error": str(fault.name), "detail": fault.detail, "raw": fault.raw.hex().upper()}


def frame_row(frame: Frame, dialect: Dialect = TOLERANT) -> dict[str, object]:
    """contract.md, `zhigan decode --json`."""
    adu = decode_adu(frame.adu, dialect)
    command = explain.named(tables.COMMANDS, dialect.commands, frame.command)
    row: dict[str, object] = {
        "serial": shown_serial(frame, dialect),
        "version": f"{frame.main}.{frame.user}",
        "sent_at": explain.instant(frame.sent_at),
        "source": frame.source,
        "destination": frame.destination,
        "command": frame.command,
        "command_name": command.en,
        "type": adu.type,
        "count": adu.count,
        "objects": [object_row(o, dialect) for o in adu.objects],
        "notes": [f"{n.name}: {n.detail}" if n.detail else str(n.name) for n in explain.notes_of(frame, adu, dialect)],
    }
    if adu.rest:
        row["rest"] = adu.rest.hex().upper()
    return row


def object_row(o: Object, dialect: Dialect = TOLERANT) -> dict[str, object]:
    """The struct's fields as they are called there; bytes as hex, instants as RFC 3339, and what they mean beside
    them.
    """
    row: dict[str, object] = {}
    for field in msgspec.structs.fields(o):
        value: object = getattr(o, field.name)
        if field.name == "at":
            row["at"] = explain.instant(value if isinstance(value, int) else None)
        elif isinstance(value, bytes):
            if value:
                row[field.name] = value.hex().upper()
        else:
            row[field.name] = value
    row.update(_meaning(o, dialect))
    return row


def _meaning(o: Object, dialect: Dialect) -> dict[str, object]:
    more: dict[str, object] = {}
    table = explain.bit_table(o, dialect)
    if table:
        more["bits"] = [b.en for b in table.names(getattr(o, "status", getattr(o, "operations", 0)))]
    component = getattr(o, "component_type", None)
    if component is not None:
        more["component_name"] = explain.named(tables.COMPONENTS, dialect.components, component).zh
    address = getattr(o, "component_address", None)
    if address is not None:
        more["component_address_hex"] = address.to_bytes(4, "little").hex().upper()
        split = split_component(address, dialect)
        if split:
            more["loop"], more["point"] = split
    if isinstance(o, Analog):
        known = explain.quantity(o, dialect)
        more["quantity"] = known.en if known else None
        more["unit"] = known.unit if known else None
        more["measured"] = explain.measured(o, dialect)
    return more
