"""Grids and grid workers from CSV: `grids` by their code, `grid_workers` by grid and name.

Enters: lines as people send them. Leaves: good lines in the registry, each bad one with its reason. A line whose thing
exists changes what it names and nothing else. Absent: units (their own sheet names the grid in `grid`).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.registry import grids, organisations, units
from zhigan.registry.checks import Wrong
from zhigan.registry.grids import NewOrgMember, OrgMember
from zhigan.registry.organisations import NewOrganisation
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import GRID_ROLES
from zhigan.vocabulary.telephones import kept
from zhigan.webapi import sheets
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import Bad, Entry, Form


class GridLine(msgspec.Struct, kw_only=True):
    code: str
    name: str
    community: str
    bounds: str | None = None
    person: str | None = None
    phone: str | None = None


class WorkerLine(NewOrgMember, kw_only=True):
    grid_code: str


async def _take_grids(conn: Connection, entries: Sequence[Entry[GridLine]], now: datetime, by: Principal) -> Took:
    standing = await organisations.by_codes(conn, grids.GRID, [e.record.code for e in entries])
    known = await units.gazetteer(conn, [e.record.community for e in entries])
    took = Took()
    for entry in entries:
        before = standing.get(entry.record.code)
        try:
            if before is not None and not scopes.holds(by.scope, organisations.owned(organisations.as_new(before))):
                raise Wrong([("code", "there is no such place within your scope.")])
            new = organisations.check(_laid_over(before, entry), known)
            if not new.community:
                raise Wrong([("community", "is required")])
            if not scopes.holds(by.scope, organisations.owned(new)):
                raise Wrong([("community", "there is no such place within your scope.")])
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        if before is None:
            await organisations.add(conn, new, now)
            took.added += 1
        elif new != organisations.as_new(before):
            await organisations.change(conn, before.id, new, before.retired_at, now)
            took.changed += 1
    return took


def _laid_over(before: organisations.Organisation | None, entry: Entry[GridLine]) -> NewOrganisation:
    line = entry.record
    said = {f: getattr(line, f) for f in GridLine.__struct_fields__}
    if before is None:
        return NewOrganisation(kind=grids.GRID, **said)
    laid = sheets.laid_over(
        organisations.as_new(before), Entry(entry.number, NewOrganisation(kind=grids.GRID, **said), entry.given)
    )
    moved = laid.community != before.community
    return msgspec.structs.replace(
        laid, phone=kept(laid.phone or "", before.phone), area_code=None if moved else laid.area_code
    )


async def _take_workers(conn: Connection, entries: Sequence[Entry[WorkerLine]], now: datetime, by: Principal) -> Took:
    of = await organisations.by_codes(conn, grids.GRID, sorted({e.record.grid_code for e in entries}))
    standing = {(o.code, m.name): m for o in of.values() for m in await grids.members(conn, o.id)}
    counts: dict[str, int] = {}
    for code, _ in standing:
        counts[code] = counts.get(code, 0) + 1
    took = Took()
    for entry in entries:
        line = entry.record
        grid = of.get(line.grid_code)
        try:
            if grid is None or not scopes.holds(by.scope, organisations.owned(organisations.as_new(grid))):
                raise Wrong([("grid_code", f"the code of a grid that is registered, got {line.grid_code!r}")])
            before = standing.get((grid.code, line.name.strip()))
            new = grids.check_member(_member(before, entry))
            if before is None and counts.get(grid.code, 0) >= grids.MOST_MEMBERS:
                raise Wrong([("grid_code", f"a grid with fewer than {grids.MOST_MEMBERS} people")])
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        if before is None:
            await grids.add_member(conn, grid.id, new, now)
            counts[grid.code] = counts.get(grid.code, 0) + 1
            took.added += 1
        elif new != grids.as_new(before):
            await grids.change_member(conn, before, new, now)
            took.changed += 1
    return took


def _member(before: OrgMember | None, entry: Entry[WorkerLine]) -> NewOrgMember:
    line = NewOrgMember(**{f: getattr(entry.record, f) for f in NewOrgMember.__struct_fields__})
    if before is None:
        return line
    laid = sheets.laid_over(grids.as_new(before), Entry(entry.number, line, entry.given - {"grid_code"}))
    return msgspec.structs.replace(laid, phone=kept(laid.phone, before.phone))


CHOICE: dict[str, Kind] = {
    "grids": Kind(Form(GridLine), lambda g: g.code, _take_grids, GRID_ROLES, "grids.imported"),
    "grid_workers": Kind(
        Form(WorkerLine), lambda w: (w.grid_code, w.name.strip()), _take_workers, GRID_ROLES, "grid_workers.imported"
    ),
}
