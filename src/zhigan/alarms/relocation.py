"""Cases compared with the registry: whose devices belong to another case by now, and the transaction that moves them.

Enters: keys of cases, after the registry has said that something changed, or after a start. Leaves: both cases stored,
their incidents moved, events appended, in one transaction under the locks of both. Absent: the rule
(engine/relocating).
"""

from collections.abc import Iterable, Sequence

import msgspec

from zhigan.alarms import store
from zhigan.alarms.cases import Cases
from zhigan.alarms.contexts import Contexts
from zhigan.alarms.engine.book import key_of
from zhigan.alarms.engine.model import Case, Subject, Verdict
from zhigan.alarms.engine.policy import Policy
from zhigan.alarms.engine.relocating import Side, relocate
from zhigan.alarms.framing import case_key
from zhigan.alarms.subjects import subject_of
from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Standing
from zhigan.registry import store as registry
from zhigan.registry.model import DeviceContext
from zhigan.runtime.pg import Connection

AT_ONCE = 200
ASK_AT_ONCE = 500

Key = tuple[str, str]


class Picture(msgspec.Struct, frozen=True):
    """What is in some cases, and where the registry has it today."""

    owners: dict[Key, DeviceContext]
    alarmed: dict[str, set[Key]]

    def astray(self, case: Case) -> dict[Key, DeviceContext]:
        """What of this case belongs to another: points that do, and all devices of an incident where all do."""
        named = {(p.subject.gateway, p.subject.address) for p in case.points.values()}
        for incident in case.open:
            devices = self.alarmed.get(incident, set())
            if len({self._owner(key) for key in devices}) == 1:
                named |= devices
        return {key: self.owners[key] for key in named if self._owner(key) not in ("", case.key)}

    def _owner(self, key: Key) -> str:
        row = self.owners.get(key)
        return "" if row is None else case_key(row)


async def strayed(conn: Connection, keys: Sequence[str]) -> list[str]:
    """Of these cases those in which something belongs elsewhere. Looked at without locks: most have nothing."""
    found: list[str] = []
    for begin in range(0, len(keys), AT_ONCE):
        cases = await store.cases(conn, keys[begin : begin + AT_ONCE])
        picture = await _picture(conn, cases.values())
        found += [key for key, case in cases.items() if picture.astray(case)]
    return found


async def move(
    conn: Connection, key: str, cases: Cases, contexts: Contexts, policy: Policy, now: int
) -> dict[str, Verdict]:
    """What left `key` for one other case, moved; empty when nothing is left to move."""
    known = (await store.cases(conn, [key])).get(key)
    away = {} if known is None else (await _picture(conn, [known])).astray(known)
    if not away:
        return {}
    target = min(case_key(row) for row in away.values())
    async with cases.hold(conn, {key, target}) as held:
        case = held.cases[key]
        picture = await _picture(conn, [case])
        movers = {k: row for k, row in picture.astray(case).items() if case_key(row) == target}
        if not movers:
            held.settle({})
            return {}
        async with conn.transaction():
            verdicts = await _moved(conn, case, held.cases[target], movers, picture, contexts, policy, now)
        held.settle({k: verdict.case for k, verdict in verdicts.items()})
    return verdicts


async def _moved(
    conn: Connection,
    source: Case,
    target: Case,
    movers: dict[Key, DeviceContext],
    picture: Picture,
    contexts: Contexts,
    policy: Policy,
    now: int,
) -> dict[str, Verdict]:
    around = await contexts.of(conn, [source.key, target.key], now)
    standing = await _standing(conn, source, target)
    subjects = {key: subject_of(row) for key, row in movers.items()}
    out, in_ = relocate(
        Side(source, around[source.key], standing[source.key]),
        Side(target, around[target.key], standing[target.key]),
        {key_of(subject): subject for subject in subjects.values()},
        _whole(source, picture, subjects),
        policy.of(around[target.key].place.owned.area),
        now,
    )
    verdicts = {source.key: out, target.key: in_}
    kept = [(key, None if v.case.idle else v.case, v.due_at) for key, v in verdicts.items()]
    await store.put(conn, kept, now)
    changes = [*out.changes, *in_.changes]
    if changes:
        touched = {change.incident for change in changes}
        expected = {row.id: row.version for rows in standing.values() for row in rows if row.id in touched}
        await log.append(conn, await incidents.apply(conn, changes, now, expected), now)
    return verdicts


def _whole(case: Case, picture: Picture, subjects: dict[Key, Subject]) -> dict[str, list[str]]:
    """Incidents all of whose devices move, with the keys of these."""
    found: dict[str, list[str]] = {}
    for incident in case.open:
        devices = picture.alarmed.get(incident, set())
        if devices and devices <= set(subjects):
            found[incident] = [key_of(subjects[key]) for key in sorted(devices)]
    return found


async def _standing(conn: Connection, *cases: Case) -> dict[str, list[Standing]]:
    case_of = {incident: case.key for case in cases for incident in case.open}
    found: dict[str, list[Standing]] = {case.key: [] for case in cases}
    for row in await incidents.standing_in(conn, list(case_of), [case.key for case in cases]):
        found[case_of.get(row.id, row.case_key)].append(row)
    return found


async def _picture(conn: Connection, cases: Iterable[Case]) -> Picture:
    looked = list(cases)
    open_ = [incident for case in looked for incident in case.open]
    alarmed = await incidents.devices_of(conn, open_) if open_ else {}
    named = {(p.subject.gateway, p.subject.address) for case in looked for p in case.points.values()}
    named.update(*alarmed.values())
    keys = sorted(named)
    owners: dict[Key, DeviceContext] = {}
    for begin in range(0, len(keys), ASK_AT_ONCE):
        for row in await registry.contexts(conn, keys[begin : begin + ASK_AT_ONCE]):
            owners[row.gateway, row.address] = row
    return Picture(owners, alarmed)
