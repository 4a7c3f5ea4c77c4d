"""Areas, communities, hydrants, and the lists from which fields are chosen, over HTTP."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from zhigan.registry import checks, devices, hydrants, places, rules, units
from zhigan.registry.checks import HydrantRecord
from zhigan.registry.model import DeviceState
from zhigan.registry.places import Area, Community
from zhigan.registry.refusals import allow, an_id, beyond, checked, found, laid_over, one_of, said
from zhigan.registry.shapes import (
    CommunityChange,
    DoubledHydrants,
    Hydrant,
    HydrantChange,
    NewHydrant,
    RegistryWords,
    Word,
    ZoneChange,
)
from zhigan.registry.word_tables import (
    ANNEX,
    CONTACT_ZH,
    GATEWAYS,
    HAZARD_ZH,
    HYDRANT_KINDS,
    HYDRANT_STATES,
    HYDRANTS_NOW,
    INDUSTRY_ZH,
    LOAD_ZH,
    ORGANISATIONS,
    OWNERSHIP_ZH,
    PREMISES_ZH,
)
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.devices import DEVICE_CLASSES, DEVICE_TYPES
from zhigan.vocabulary.premises import TAGS
from zhigan.vocabulary.roles import POSITION_ROLES, REGISTRY_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

MOST_COMMUNITIES = 3000
POSITION = frozenset({"lon", "lat"})


def _words(table: dict[str, str]) -> list[Word]:
    return [Word(code, zh) for code, zh in table.items()]


WORDS = RegistryWords(
    premises=_words(PREMISES_ZH),
    classes=_words({"S1": "睡眠或弱势人群", "S2": "人员密集、重点单位、高层", "S3": "住宅、棚户区", "S4": "其他"}),
    industries=_words(INDUSTRY_ZH),
    tags=_words(TAGS),
    ownerships=_words(OWNERSHIP_ZH),
    device_types=[Word(t.name, t.zh, t.en) for t in DEVICE_TYPES],
    device_classes=[Word(c.name, c.zh) for c in DEVICE_CLASSES],
    device_states=[str(s) for s in DeviceState],
    conditions=list(devices.CONDITIONS),
    gateways=list(GATEWAYS),
    load_classes=_words(LOAD_ZH),
    contact_roles=_words(CONTACT_ZH),
    hydrant_states=_words(HYDRANT_STATES),
    hydrant_kinds=_words(HYDRANT_KINDS),
    organisation_kinds=[Word(code, kind.zh, kind.en) for code, kind in ORGANISATIONS.items()],
    hazards=_words(HAZARD_ZH),
    annex=ANNEX,
    steps={str(s): rules.next_states(s) for s in DeviceState},
)


class Places(Controller):
    tags = ("registry",)

    @get("/areas", operation_id="listAreas")
    async def areas(self, principal: Caller, db: Db) -> Page[Area]:
        """The 15 reporting areas."""
        async with db.bound(principal) as conn:
            return Page(await places.areas(conn))

    @get("/communities", operation_id="listCommunities")
    async def communities(
        self,
        principal: Caller,
        db: Db,
        area: FromQuery[str | None] = None,
        county: FromQuery[str | None] = None,
        street: FromQuery[str | None] = None,
        q: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Community]:
        key = pages.decode(cursor, 1)
        size = pages.limit(limit)
        after = str(key[0]) if key else None
        asked = places.Asked(area=area, county=county, street=street, q=q, after=after)
        async with db.bound(principal) as conn:
            rows = await places.communities(conn, asked, size + 1)
        return pages.page(rows, size, lambda c: c, lambda c: [c.code])

    @patch("/communities/{code:str}", operation_id="giveCommunity")
    async def give(
        self, principal: Caller, db: Db, clock: Time, code: FromPath[str], data: JSONBody[CommunityChange]
    ) -> Community:
        """Gives a community to a functional zone, or back to its county; its units go with it. For the whole city."""
        async with db.bound(principal) as conn:
            before = found(await places.community(conn, code))
            zones = {a.code for a in await places.areas(conn) if a.kind == "zone"}
        allow(principal, REGISTRY_ROLES)
        if not principal.scope.whole_city:
            raise problems.forbidden("The reporting areas are the whole city's business.")
        one_of("area", data.area, (before.county, *sorted(zones)))
        async with db.owner() as conn:
            await places.give(conn, code, data.area)
            await audit(conn, principal, clock.now(), "community.given", code, data)
            return found(await places.community(conn, code))

    @post("/areas/{code:str}/communities", status_code=200, operation_id="changeZone")
    async def change_zone(
        self, principal: Caller, db: Db, clock: Time, code: FromPath[str], data: JSONBody[ZoneChange]
    ) -> Page[Area]:
        """The set of communities that reports to a functional zone; their units go with them. For the whole city."""
        async with db.bound(principal) as conn:
            zone = found(next((a for a in await places.areas(conn) if a.code == code), None))
            known = await places.communities_by_code(conn, [*data.give, *data.back])
        allow(principal, REGISTRY_ROLES)
        if not principal.scope.whole_city:
            raise problems.forbidden("The reporting areas are the whole city's business.")
        if zone.kind != "zone":
            raise problems.invalid("code", "a functional zone: a county's communities are its own")
        missing = [c for c in (*data.give, *data.back) if c not in known]
        if missing or len(data.give) + len(data.back) > MOST_COMMUNITIES:
            raise problems.invalid("give", f"codes of communities, at most {MOST_COMMUNITIES}; unknown: {missing[:3]}")
        async with db.owner() as conn:
            await places.give_many(conn, code, data.give, data.back)
            await audit(conn, principal, clock.now(), "area.changed", code, data)
            return Page(await places.areas(conn))

    @get("/premises", operation_id="listWords")
    async def words(self, principal: Caller) -> RegistryWords:
        """Annex rows, classes, industries, tags and the other lists of codes with their Chinese names."""
        return WORDS


class Hydrants(Controller):
    path = "/hydrants"
    tags = ("registry",)

    @get(operation_id="listHydrants")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        near: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        q: FromQuery[str | None] = None,
        sort: FromQuery[str] = "code",
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Hydrant]:
        """`near=LON,LAT`: the usable ones, nearest first, with `distance_m`; without it all, in the order of `sort`."""
        one_of("sort", sort, hydrants.SORTS.words)
        one_of("state", standing, tuple(HYDRANTS_NOW))
        if near is not None:
            lon, lat = _point(near)
            async with db.bound(principal) as conn:
                return Page(
                    await hydrants.nearest(conn, principal.scope, lon, lat, pages.limit(limit, largest=500, usual=20))
                )
        size = pages.limit(limit)
        after = hydrants.SORTS.after(cursor, sort)
        asked = hydrants.HydrantsAsked(area=area, state=standing, q=q, sort=sort, after=after)
        async with db.bound(principal) as conn:
            rows = await hydrants.listed(conn, principal.scope, asked, size + 1)
        return pages.page(rows, size, lambda h: h, lambda h: hydrants.SORTS.key(h, h.id, sort))

    @get("/doubled", operation_id="listDoubledHydrants")
    async def doubled(
        self,
        principal: Caller,
        db: Db,
        within: FromQuery[int] = 15,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[DoubledHydrants]:
        """Pairs that stand within so many metres (1 to 100) of each other and may be one."""
        if not 1 <= within <= 100:
            raise problems.invalid("within", "metres from 1 to 100")
        size, (one, other) = pages.limit(limit), pages.decode(cursor, 2) or ("", "")
        async with db.bound(principal) as conn:
            pairs = await hydrants.doubled(conn, principal.scope, within, (str(one), str(other)), size + 1)
        return pages.page(pairs, size, lambda p: p, lambda p: (p.one.code, p.other.code))

    @get("/{hydrant_id:str}", operation_id="getHydrant")
    async def one(self, principal: Caller, db: Db, hydrant_id: FromPath[str]) -> Hydrant:
        async with db.bound(principal) as conn:
            return found(await hydrants.one(conn, an_id(hydrant_id)))

    @post(operation_id="createHydrant")
    async def create(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewHydrant]) -> Hydrant:
        now = clock.now()
        async with db.owner() as conn:
            record = await _checked(conn, data, now)
            if not scopes.holds(principal.scope, record.owned):
                raise beyond("area_code")
            allow(principal, REGISTRY_ROLES)
            if await hydrants.by_codes(conn, [record.code]):
                raise problems.conflict(f"code: there is a hydrant {record.code} already")
            await hydrants.put(conn, [record], now)
            await audit(conn, principal, now, "hydrant.created", record.code, data)
            return (await hydrants.by_codes(conn, [record.code]))[record.code]

    @patch("/{hydrant_id:str}", operation_id="changeHydrant")
    async def change(
        self, principal: Caller, db: Db, clock: Time, hydrant_id: FromPath[str], data: JSONBody[HydrantChange]
    ) -> Hydrant:
        """Inspectors, maintainers and installers change the position; the registry's roles everything."""
        async with db.bound(principal) as conn:
            before = found(await hydrants.one(conn, an_id(hydrant_id)))
        allow(principal, POSITION_ROLES if said(data) <= POSITION else REGISTRY_ROLES)
        now = clock.now()
        async with db.owner() as conn:
            # As the owner sees it: a gauge that lies outside the caller's scope must not be lost by his change.
            whole = found(await hydrants.one(conn, before.id))
            record = await _checked(conn, laid_over(hydrants.as_new(whole), data), now)
            if not scopes.holds(principal.scope, record.owned):
                raise beyond("area_code")
            if "pressure_mpa" not in said(data):
                record.pressure_at = before.pressure_at
            await hydrants.put(conn, [record], now)
            await audit(conn, principal, now, "hydrant.changed", before.code, data)
            return found(await hydrants.one(conn, hydrant_id))


async def _checked(conn: Connection, new: NewHydrant, now: datetime) -> HydrantRecord:
    known = await units.gazetteer(conn, [new.community or ""])
    gauges = await hydrants.gauges(conn, [new.gauge or ""])
    return checked(lambda: checks.hydrant(new, units.fresh_id(now), known, gauges, now))


def _point(near: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in near.split(","))
    except ValueError:
        raise problems.invalid("near", "LON,LAT in degrees, such as 114.99,27.11") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise problems.invalid("near", "LON,LAT in degrees, such as 114.99,27.11")
    return lon, lat


handlers: list[type[Controller]] = [Places, Hydrants]
