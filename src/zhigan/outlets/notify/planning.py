"""From what happened to whom to tell: chains follow their incidents, due rows become notifications.

Enters: events of the log, moments that came, answers of people; a connection in a transaction. Leaves: chains and
notifications put down; a chain that nobody answered comes back to the desk (incidents.store), whose event drafts the
caller appends as its last act. Absent: sending (delivery.py), and any clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.bus.log import Event
from zhigan.incidents import reading
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change, Opened, Place, Reason, Remarked, State, Why
from zhigan.incidents.rows import Row as IncidentRow
from zhigan.outlets.notify import audience, beside, orders, own, own_store, rules, scrapped, store
from zhigan.outlets.notify.escalation_tables import ESCALATION, LOUD, NOT_THE_SITE
from zhigan.outlets.notify.model import Chain, Draft, Notice, Person, Plan, Purpose, Row, Step, Way, Which, Who
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import events as words
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime, to_micros

FIRE, NOT_THERE = "fire", "not_there"
ANSWERS = frozenset({"acknowledged", "on_the_way", "arrived", FIRE, "no_fire"})
UNANSWERED_FLAG, CHANNEL_FLAG = "unanswered", "channel_down"
OWN_FLAGS = frozenset({UNANSWERED_FLAG, CHANNEL_FLAG, "contact_dead", "contact_unproven", "unit_unreachable"})
"""Rows that this room itself opened: nobody is told of telling."""
CLEARED_BY = (Way.APP, Way.SMS, Way.WECHAT, Way.PUSH, Way.ROBOT, Way.WEBHOOK)
HELP = (
    Row(key="help", after=0, whom=(Who.STATION,), by=LOUD),
    Row(key="help_next", after=0, by=LOUD, which=Which.NEXT, site=True),
)
"""Nobody is there: the station at once, and whoever comes next."""


class _Response(msgspec.Struct):
    kind: str = ""
    who: str = ""


class _Said(msgspec.Struct):
    response: _Response = msgspec.field(default_factory=_Response)


_said = msgspec.json.Decoder(_Said)


class Planner:
    """`providers`: how many there are of each way; `names`: the first one's name."""

    def __init__(
        self,
        providers: Mapping[Way, Sequence[str]],
        posts: Sequence[audience.Post] = (),
        roster: audience.Roster = audience.no_calendar,
    ) -> None:
        self.roster = roster
        self._providers = {way: tuple(names) for way, names in providers.items() if names}
        self.open_ways = frozenset(self._providers)
        self._posts = posts
        self._table: rules.Table = ESCALATION
        self._version = 1

    async def follow(self, conn: Connection, events: Sequence[Event], now: datetime) -> list[words.Draft]:
        """A page of the log. Answers come after the state of the incident, whichever stood first in the page."""
        told = [e for e in events if e.type.startswith("incident.") and e.type is not words.EventType.INCIDENT_LEFT]
        drafts = await self._look(conn, [e.subject for e in told], now)
        work = await scrapped.work(conn, events, now)
        if work:
            drafts += await incidents.apply(conn, work, to_micros(now))
        for event in told:
            if event.type is words.EventType.INCIDENT_RESPONDED:
                said = _said.decode(msgspec.json.encode(event.body))
                await self.answered(conn, event.subject, said.response.kind, said.response.who, now)
        await self._orders(conn, told, now)
        await beside.tell(conn, events, self.roster, self.open_ways, now)
        return drafts

    async def _orders(self, conn: Connection, events: Sequence[Event], now: datetime) -> None:
        """Work that was given to somebody, or that is late. Of many words about one row the last counts."""
        last = {e.subject: orders.TOLD[e.type] for e in events if e.type in orders.TOLD}
        if not last:
            return
        rows = [r for r in await reading.several(conn, sorted(last)) if r.state is not State.CLOSED]
        chains, people = await store.chains(conn, last), await self._around(conn, rows, now)
        drafts: list[Draft] = []
        for row in rows:
            chain, purpose = chains.get(row.id), last[row.id]
            if chain is None:
                continue
            told, step = orders.row_of(purpose, row.grade), f"{chain.grade.name}.{purpose.value}"
            for person in await orders.whom(conn, row, purpose, people.get(row.id, [])):
                for way in orders.ways(told, person, row.grade, self.open_ways):
                    drafts += [
                        _draft(chain, step, person, (way, address), purpose, now, (), told)
                        for address in person.addresses(way)
                    ]
        await store.put_down(conn, drafts, now)

    async def due(self, conn: Connection, incidents_: Sequence[str], now: datetime) -> list[words.Draft]:
        """Chains whose moment has come."""
        return await self._look(conn, incidents_, now)

    async def _look(self, conn: Connection, ids: Sequence[str], now: datetime) -> list[words.Draft]:
        wanted = sorted(set(ids))
        await self.refresh(conn)
        rows = {row.id: row for row in await reading.several(conn, wanted)}
        into = {row.merged_into for row in rows.values() if row.merged_into is not None} - set(rows)
        rows |= {row.id: row for row in await reading.several(conn, sorted(into))}
        known = await store.chains(conn, rows)
        classes = await _classes(conn, [r for r in rows.values() if r.id not in known])
        drafts: list[Draft] = []
        for row in rows.values():
            chain = _followed(known.get(row.id), row, classes, now)
            if chain is not None:
                known[row.id] = chain
        await self._merge(conn, known, rows)
        drafts += await self._close(conn, known, rows, now)
        live = [c for c in known.values() if c.state in ("running", "acknowledged")]
        planned, changes = await self._plan(conn, live, rows, now)
        drafts += planned
        await store.keep(conn, list(known.values()))
        await store.put_down(conn, drafts, now)
        return await incidents.apply(conn, changes, to_micros(now)) if changes else []

    async def table(self, conn: Connection) -> rules.Table:
        """As it is in force now."""
        await self.refresh(conn)
        return self._table

    async def refresh(self, conn: Connection) -> None:
        """The table as it stands now; an unchanged one is not read again."""
        newer = await store.newer_table(conn, self._version)
        if newer is not None:
            self._version, self._table = newer

    async def _merge(self, conn: Connection, known: Mapping[str, Chain], rows: Mapping[str, IncidentRow]) -> None:
        """One chain for what has become one incident: what was told, answered and done goes along."""
        gone: list[str] = []
        into: list[str] = []
        for row in rows.values():
            chain, survivor = known.get(row.id), known.get(row.merged_into or "")
            if chain is None or survivor is None or row.merged_into is None or chain.state == "merged":
                continue
            gone.append(row.id)
            into.append(row.merged_into)
            _inherit(survivor, chain)
            chain.state, chain.next_at, chain.merged_into = "merged", None, row.merged_into
        if gone:
            await conn.execute(SQL.adopt_notifications, gone, into)

    async def _close(
        self, conn: Connection, known: Mapping[str, Chain], rows: Mapping[str, IncidentRow], now: datetime
    ) -> list[Draft]:
        """It is over: what waits is cancelled, and whoever was told is told that."""
        over = [
            chain for row in rows.values()
            if row.state is State.CLOSED and (chain := known.get(row.id)) is not None
            and chain.state in ("running", "acknowledged")
        ]  # fmt: skip
        if not over:
            return []
        for chain in over:
            chain.state, chain.next_at, chain.closed_at = "closed", None, now
        ids = [chain.incident for chain in over]
        every = [purpose.value for purpose in Purpose]
        await conn.execute(SQL.cancel, ids, now, every)
        by_id = {chain.incident: chain for chain in over}
        found = await conn.fetch(SQL.told, ids, [way.value for way in CLEARED_BY])
        quiet = await audience.quiet(conn, [r["holder"] for r in found if by_id[str(r["incident"])].grade is Grade.III])
        drafts: list[Draft] = []
        for r in found:
            chain, way = by_id[str(r["incident"])], Way(r["channel"])
            if way not in self.open_ways or (chain.grade is Grade.IV and way is not Way.APP):
                continue
            person = Person(
                holder=r["holder"], name=r["person"], who=Who(r["role"]), ways=((way, r["address"]),),
                quiet=quiet.get(r["holder"]),
            )  # fmt: skip
            drafts.append(_draft(chain, "cleared", person, (way, r["address"]), Purpose.CLEARED, now))
        return drafts

    async def _plan(
        self, conn: Connection, live: Sequence[Chain], rows: Mapping[str, IncidentRow], now: datetime
    ) -> tuple[list[Draft], list[Change]]:
        read = {str(r["incident"]) for r in await conn.fetch(SQL.was_read, [c.incident for c in live])}
        standing = await own_store.in_force(conn) if live else []
        steps: dict[str, list[Step]] = {}
        for chain in live:
            plan = plan_of(chain, read=chain.incident in read)
            owned = rows[chain.incident].place.owned
            table = own.laid(self._table, own.concerned(standing, chain.kind, owned, chain.started_at))
            steps[chain.incident] = rules.due(plan, now, table)
            chain.done = store.pruned((*chain.done, *(s.key for s in rules.ripe(plan, now, table))))
            chain.next_at = rules.next_at(plan_of(chain, read=chain.incident in read), now, table)
        asked = [rows[c.incident] for c in live if steps[c.incident]]
        people = await self._around(conn, asked, now)
        drafts: list[Draft] = []
        changes: list[Change] = []
        for chain in live:
            here = people.get(chain.incident, [])
            told: dict[str, frozenset[Way]] = {}
            for step in steps[chain.incident]:
                if not own.own(step.key):
                    drafts += await self._step(conn, chain, step, here, now, told)
            nobody = bool(steps[chain.incident]) and chain.grade <= Grade.II and not _anybody(here)
            changes += _back_to_the_desk(chain, rows[chain.incident], nobody, now)
        beside = {c.incident: [s for s in steps[c.incident] if own.own(s.key)] for c in live}
        drafts += await self._beside(
            conn, {c.incident: c for c in live if beside[c.incident]}, beside, rows, people, drafts, standing, now
        )
        return drafts, changes

    async def _beside(
        self,
        conn: Connection,
        live: Mapping[str, Chain],
        steps: Mapping[str, Sequence[Step]],
        rows: Mapping[str, IncidentRow],
        people: Mapping[str, Sequence[Person]],
        drafts: Sequence[Draft],
        standing: Sequence[own.OwnRule],
        now: datetime,
    ) -> list[Draft]:
        """What own rules of sub-platforms add, once all that the city's table wants stands."""
        if not live:
            return []
        had: dict[str, dict[str, frozenset[Way]]] = {incident: {} for incident in live}
        told = [
            (str(r["incident"]), r["holder"], Way(r["channel"])) for r in await conn.fetch(SQL.own_told, list(live))
        ]
        for incident, holder, way in (*told, *((d.incident, d.holder, d.channel) for d in drafts)):
            if incident in had:
                had[incident][holder] = had[incident].get(holder, frozenset()) | {way}
        by_key = {rule.key: rule for rule in standing}
        chosen = await own_store.chosen(conn, {i: rows[i].place.owned for i in live}, standing)
        found: list[Draft] = []
        for incident, chain in live.items():
            for step in steps[incident]:
                rule, plan = by_key[step.row.key], plan_of(chain)
                if not own.awake(rule, now):
                    continue
                meant = own.people(rule, people.get(incident, []), chosen.of(rule, incident))
                by, insist = rules.quiet(step.row, plan), rules.insists(plan)
                for person, way in own.telling(by, meant, self.open_ways, had[incident], insist=insist):
                    had[incident][person.holder] = had[incident].get(person.holder, frozenset()) | {way}
                    for address in person.addresses(way):
                        where = (way, address)
                        found.append(_draft(chain, step.key, person, where, step.row.purpose, now, (), step.row))
        return found

    async def _around(self, conn: Connection, rows: Sequence[IncidentRow], now: datetime) -> dict[str, list[Person]]:
        places = [audience.Place(r.id, r.place.unit_id, r.place.owned) for r in rows]
        return await audience.around(conn, places, self._posts, now, self.roster) if places else {}

    async def _step(
        self,
        conn: Connection,
        chain: Chain,
        step: Step,
        people: Sequence[Person],
        now: datetime,
        told: dict[str, frozenset[Way]],
    ) -> list[Draft]:
        row, drafts, plan = step.row, list[Draft](), plan_of(chain)
        reached: frozenset[str] = frozenset()
        if row.second:
            found = await conn.fetch(SQL.reached, chain.incident, [way.value for way in row.by])
            reached = frozenset(r["holder"] for r in found)
        for person in rules.audience(row, people):
            by, insist, loud = rules.quiet(row, plan), rules.insists(plan), rules.loud(row, plan)
            prompt = row.after <= rules.FLOOR_S
            had = told.get(person.holder, frozenset())
            ways = rules.ways(by, person, self.open_ways, insist=insist, loud=loud, prompt=prompt, had=had)
            told[person.holder] = had | frozenset(ways)
            for way in ways:
                names = self._providers.get(way, ())
                if row.second and (len(names) < 2 or person.holder in reached):
                    continue  # the same provider would only say it twice
                tried = names[:1] if row.second else ()
                for address in person.addresses(way):
                    drafts.append(_draft(chain, step.key, person, (way, address), row.purpose, now, tried, row))
        return drafts

    async def answered(self, conn: Connection, incident: str, kind: str, who: str, now: datetime) -> None:
        """Somebody on site has answered. "Not there" is no answer: it sends help."""
        chain = (await store.chains(conn, [incident])).get(incident)
        if chain is not None and chain.merged_into is not None:
            chain = (await store.chains(conn, [chain.merged_into])).get(chain.merged_into)
        if chain is None or chain.state not in ("running", "acknowledged"):
            return
        if kind in ANSWERS:
            chain.state = "acknowledged"
            if chain.answered_at is None:
                chain.answered_at, chain.answered_by, chain.answered_how = now, who, kind
            chain.confirmed = chain.confirmed or kind == FIRE
            if kind != FIRE:
                await conn.execute(SQL.cancel, [chain.incident], now, [Purpose.ALARM.value])
            chain.next_at = rules.next_at(plan_of(chain), now, self._table)
        elif kind == NOT_THERE and chain.help_at is None:
            chain.help_at = now
            rows = await reading.several(conn, [chain.incident])
            people = (await self._around(conn, rows, now)).get(chain.incident, [])
            drafts: list[Draft] = []
            told: dict[str, frozenset[Way]] = {}
            for row in HELP:
                drafts += await self._step(conn, chain, Step(f"{chain.grade.name}.{row.key}", row), people, now, told)
            await store.put_down(conn, drafts, now)
        await store.keep(conn, [chain])

    async def fall_back(self, conn: Connection, notices: Sequence[Notice], now: datetime) -> None:
        """A way to somebody is closed: the next one at once, for all that was to be said."""
        rows = await reading.several(conn, sorted({n.incident for n in notices}))
        people = await self._around(conn, rows, now)
        drafts: list[Draft] = []
        for notice in notices:
            person = next((p for p in people.get(notice.incident, []) if p.holder == notice.holder), None)
            if person is None and own.own(notice.step):
                person = await self._chosen(conn, notice, rows)
            if person is None:
                continue
            found = await conn.fetch(SQL.used, notice.incident, notice.holder, notice.step)
            if any(r["channel"] == notice.channel and r["lives"] and str(r["id"]) != notice.id for r in found):
                continue  # another device of theirs rings
            used = frozenset(Way(r["channel"]) for r in found)
            way = rules.fall_back(notice.channel, person, used, self.open_ways)
            if way is not None:
                drafts += [_again(notice, person, (way, address), now) for address in person.addresses(way)]
        await store.put_down(conn, drafts, now)

    async def _chosen(self, conn: Connection, notice: Notice, rows: Sequence[IncidentRow]) -> Person | None:
        """Somebody whom only an own rule tells."""
        standing = [r for r in await own_store.in_force(conn) if notice.step.endswith(r.key)]
        places = {r.id: r.place.owned for r in rows if r.id == notice.incident}
        if not standing or not places:
            return None
        chosen = await own_store.chosen(conn, places, standing)
        listed = chosen.of(standing[0], notice.incident)
        return next((p for p in listed if p.holder == notice.holder), None)

    async def next_person(self, conn: Connection, notices: Sequence[Notice], now: datetime) -> None:
        """Somebody has been called often enough: the next of the same part is called instead."""
        rows = await reading.several(conn, sorted({n.incident for n in notices}))
        people = await self._around(conn, rows, now)
        drafts: list[Draft] = []
        for notice in notices:
            called = {r["holder"] for r in await conn.fetch(SQL.called, notice.incident, notice.role.value)}
            for person in rules.in_order(notice.role, people.get(notice.incident, [])):
                if person.holder not in called and person.address(notice.channel):
                    drafts.append(_again(notice, person, (notice.channel, person.address(notice.channel)), now))
                    break
        await store.put_down(conn, drafts, now)


def plan_of(chain: Chain, *, read: bool = False) -> Plan:
    return Plan(
        incident=chain.incident,
        grade=chain.grade,
        kind=chain.kind,
        flags=chain.flags,
        class_=chain.class_,
        started_at=chain.started_at,
        verify_by=chain.verify_by,
        accepted=chain.accepted_at is not None,
        answered=chain.answered_at is not None,
        confirmed=chain.confirmed,
        read=read,
        closed=chain.state in ("closed", "merged"),
        done=frozenset(chain.done),
    )


async def _classes(conn: Connection, rows: Iterable[IncidentRow]) -> dict[str, int]:
    ids = sorted({row.place.unit_id for row in rows if row.place.unit_id is not None})
    return {str(r["id"]): r["class"] for r in await conn.fetch(SQL.units, ids)} if ids else {}


def _followed(chain: Chain | None, row: IncidentRow, classes: Mapping[str, int], now: datetime) -> Chain | None:
    """The chain as its incident stands; None where nobody need be told (it was over before we looked)."""
    if chain is None:
        if (row.state is State.CLOSED and row.merged_into is None) or not OWN_FLAGS.isdisjoint(row.flags):
            return None
        chain = Chain(
            incident=row.id, grade=row.grade, kind=row.kind, flags=row.flags, state="running",
            unit_id=row.place.unit_id, unit_name="", place="", class_=classes.get(row.place.unit_id or "", 4),
            opened_at=to_datetime(row.opened_at), started_at=now,
        )  # fmt: skip
    elif chain.state in ("closed", "merged"):
        return chain
    if row.grade < chain.grade:  # graver: its table begins
        chain.grade, chain.started_at = row.grade, now
    chain.kind, chain.flags = row.kind, row.flags
    chain.unit_id, chain.unit_name, chain.place = row.place.unit_id, row.place.unit_name, row.place.text
    chain.verify_by = None if row.verify_by is None else to_datetime(row.verify_by)
    if row.state is State.OPEN:
        chain.accepted_at = None
    elif chain.accepted_at is None:
        chain.accepted_at = now
    chain.confirmed = chain.confirmed or row.confirmed_at is not None
    return chain


def _inherit(survivor: Chain, gone: Chain) -> None:
    if survivor.answered_at is None and gone.answered_at is not None:
        survivor.answered_at, survivor.answered_by = gone.answered_at, gone.answered_by
        survivor.answered_how, survivor.state = gone.answered_how, "acknowledged"
    if gone.grade is survivor.grade:
        survivor.started_at = min(survivor.started_at, gone.started_at)
    survivor.done = tuple(dict.fromkeys((*survivor.done, *gone.done)))
    survivor.confirmed = survivor.confirmed or gone.confirmed
    survivor.help_at = survivor.help_at or gone.help_at
    survivor.unanswered_at = survivor.unanswered_at or gone.unanswered_at


def _anybody(people: Iterable[Person]) -> bool:
    return any(p.who not in NOT_THE_SITE for p in people)


def _back_to_the_desk(chain: Chain, row: IncidentRow, nobody: bool, now: datetime) -> list[Change]:
    """Nobody answered, or there is nobody to ask: a task for the desk, and a line in the incident."""
    if chain.unanswered_at is not None or not (nobody or rules.unanswered(plan_of(chain), now)):
        return []
    if rules.TEST_FLAG in chain.flags or "late" in chain.flags or row.came_from:
        return []  # a copy's people are called by the platform whose it is
    chain.unanswered_at = now
    micros = to_micros(now)
    minutes = max(0, int((now - chain.started_at) / timedelta(minutes=1)))
    reason = Reason(Why.NOBODY_KNOWN) if nobody else Reason(Why.NOBODY_ANSWERED, {"minutes": minutes})
    slot = f"{UNANSWERED_FLAG}:{chain.incident}"
    task = Opened(
        incident=born(micros, slot), slot=slot, case_key=slot, locus=slot, grade=Grade.IV, kind=row.kind,
        place=_place(row), reasons=(reason,), at=micros, received_at=micros, alarms=(), flags=(UNANSWERED_FLAG,),
    )  # fmt: skip
    return [task, Remarked(incident=row.id, reason=reason, at=micros)]


def _place(row: IncidentRow) -> Place:
    return row.place


def _draft(
    chain: Chain,
    step: str,
    person: Person,
    where: tuple[Way, str],
    purpose: Purpose,
    now: datetime,
    tried: tuple[str, ...] = (),
    row: Row | None = None,
) -> Draft:
    way, address = where
    return Draft(
        id=born(to_micros(now), chain.incident, step, person.holder, way, address, person.who, purpose),
        incident=chain.incident,
        step=step,
        grade=chain.grade,
        holder=person.holder,
        person=person.name,
        role=person.who,
        channel=way,
        address=address,
        place_key=chain.unit_id or chain.incident,
        purpose=purpose,
        due_at=rules.rings(way, chain.grade, row, person, now),
        tried=tried,
    )


def _again(notice: Notice, person: Person, where: tuple[Way, str], now: datetime) -> Draft:
    way, address = where
    return Draft(
        id=born(to_micros(now), notice.id, person.holder, way, address),
        incident=notice.incident,
        step=notice.step,
        grade=notice.grade,
        holder=person.holder,
        person=person.name,
        role=notice.role,
        channel=way,
        address=address,
        place_key=notice.place_key,
        purpose=notice.purpose,
        due_at=rules.rings(way, notice.grade, None, person, now),
        fallback_of=notice.id,
    )
