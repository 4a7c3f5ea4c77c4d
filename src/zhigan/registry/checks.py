"""What people and files say, checked field by field: from shapes to rows ready for the database.

Enters: shapes. Leaves: records whose fields are the columns, or `Wrong` naming every field that is wrong and what was
expected. Used by the interface and by the import alike. Pure: what it needs to know of the city is an argument.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from zhigan.registry.facts import DeviceFacts, HydrantFacts, Survey, UnitFacts
from zhigan.registry.places import Community
from zhigan.registry.shapes import NewDevice, NewHydrant, NewUnit
from zhigan.registry.word_tables import (
    GATEWAYS,
    HYDRANT_KINDS,
    HYDRANT_STATES,
    INDUSTRY_ZH,
    LOAD_ZH,
    OWNERSHIP_ZH,
    PREMISES_ZH,
)
from zhigan.vocabulary import devices
from zhigan.vocabulary.premises import TAGS, Premises, premises_class
from zhigan.vocabulary.scopes import Owned


class Wrong(ValueError):
    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {expected}" for field, expected in errors))
        self.errors = errors


class Checker:
    """Collects what is wrong, so that a person hears of all of it at once."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []

    def say(self, field: str, expected: str) -> None:
        self.errors.append((field, expected))

    def done(self) -> None:
        if self.errors:
            raise Wrong(self.errors)

    def line(self, field: str, text: str | None, most: int = 200, *, required: bool = False) -> str:
        said = (text or "").strip()
        if required and not said:
            self.say(field, "is required")
        if len(said) > most:
            self.say(field, f"at most {most} characters")
        if any(ord(c) < 32 or ord(c) == 127 for c in said):
            self.say(field, "one line without control characters")
        return said

    def code(self, field: str, text: str | None, *, required: bool = False) -> str:
        """A code stands in scopes (`unit:CODE`), where `+ , :` and blanks divide."""
        said = self.line(field, text, 64, required=required)
        if said and re.search(r"[\s,+:]", said):
            self.say(field, "a code without blanks, comma, plus or colon")
        return said

    def one_of(self, field: str, word: str | None, words: Collection[str], *, required: bool = False) -> str:
        """The word of the list, also where its Chinese name was written: that is what stands in people's sheets."""
        said = (word or "").strip()
        if (said or required) and said not in words:
            named = _named(words, said)
            if named is None:
                self.say(field, f"one of {', '.join(words)}")
            return named or said
        return said

    def place(self, lon: float | None, lat: float | None) -> None:
        if (lon is None) != (lat is None):
            self.say("lat" if lat is None else "lon", "is required where the other is given")
            return
        if lon is None or lat is None:
            return
        if not -180 <= lon <= 180:
            self.say("lon", "degrees from -180 to 180")
        if not -90 <= lat <= 90:
            self.say("lat", "degrees from -90 to 90")
        if lon == 0 and lat == 0:
            self.say("lon", "a place (0, 0 is none)")

    def span(self, field: str, value: float | None, least: float, most: float) -> float | None:
        if value is not None and not least <= value <= most:
            self.say(field, f"a number from {least:g} to {most:g}")
        return value

    def whole(self, field: str, value: int | None, least: int, most: int) -> int | None:
        if value is not None and not least <= value <= most:
            self.say(field, f"a whole number from {least} to {most}")
        return value


_SIGNS = str.maketrans({"（": "(", "）": ")", "“": None, "”": None, '"': None, " ": None, "，": "、"})


def _named(words: Collection[str], said: str) -> str | None:
    """The word whose Chinese name this is; brackets and quotation marks are as each keyboard has them."""
    if not isinstance(words, Mapping):
        return None
    plain = said.translate(_SIGNS)
    for word, name in cast("Mapping[str, object]", words).items():
        chinese = name if isinstance(name, str) else str(getattr(name, "zh", ""))
        if plain and chinese.translate(_SIGNS) == plain:
            return word
    return None


class Gazetteer(msgspec.Struct, frozen=True):
    """What is known of places for one check: the area codes and the communities that were named."""

    areas: Collection[str]
    communities: Mapping[str, Community]

    def resolve(self, check: Checker, area_code: str, community: str) -> str:
        """The reporting area; "" with the reason said."""
        if area_code not in self.areas:
            check.say("area_code", f"one of the reporting areas: {', '.join(sorted(self.areas))}")
            return ""
        if not community:
            return area_code
        found = self.communities.get(community)
        if found is None:
            check.say("community", "the 12-digit code of a community of Ji'an")
            return ""
        if area_code not in (found.county, found.area):
            check.say("community", f"one in {area_code}; {found.name} lies in {found.county}, reports to {found.area}")
        return found.area


class UnitRecord(UnitFacts, kw_only=True):
    id: str
    class_: int = msgspec.field(name="class")
    class_override: int | None
    area: str
    pinyin: str

    @property
    def owned(self) -> Owned:
        return Owned(self.area, self.community, self.industry, self.grid, self.code, self.station, self.firm, self.org)


_USCC = re.compile(r"[0-9A-Z]{15,18}")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/;,-]{2,39}")


def unit(new: NewUnit, id_: str, known: Gazetteer, pinyin: Callable[[str], str]) -> UnitRecord:
    check = Checker()
    tags = sorted({check.one_of("tags", tag, TAGS, required=True) for tag in new.tags or []})
    premises = check.one_of("premises", new.premises, PREMISES_ZH, required=True)
    community = check.line("community", new.community, 12)
    area_code = new.area_code.strip()
    name = check.line("name", new.name, required=True)
    check.place(new.lon, new.lat)
    given = None if new.class_ is None else int(new.class_[1])
    derived = int(premises_class(Premises(premises), frozenset(tags))) if premises in tuple(Premises) else 4
    record = UnitRecord(
        id=id_,
        code=check.code("code", new.code, required=True),
        name=name,
        premises=premises,
        class_=derived if given is None else given,
        class_override=given,
        area_code=area_code,
        area=known.resolve(check, area_code, community),
        community=community,
        industry=check.one_of("industry", new.industry, INDUSTRY_ZH),
        grid=check.code("grid", new.grid),
        station=check.code("station", new.station),
        firm=check.code("firm", new.firm),
        org=check.code("org", new.org),
        tags=tags,
        uscc=uscc(check, new.uscc),
        ownership=check.one_of("ownership", new.ownership, OWNERSHIP_ZH),
        supervised_by=check.line("supervised_by", new.supervised_by),
        address=check.line("address", new.address),
        lon=new.lon,
        lat=new.lat,
        phone=phone(check, "phone", new.phone),
        closed_hours=hours(check, new.closed_hours),
        pinyin=pinyin(name),
        **{f: _counted(check, f, new) for f in Survey.__struct_fields__},
    )
    check.done()
    return record


MOST = {"floor_area_m2": 10_000_000, "occupants": 1_000_000}
MOST_USUAL = 100_000


def _counted(check: Checker, field: str, new: Survey) -> Any:
    value: Any = getattr(new, field)
    if isinstance(value, int):
        check.whole(field, value, 0, MOST.get(field, MOST_USUAL))
    return value


def _pattern(check: Checker, field: str, text: str | None, pattern: re.Pattern[str], expected: str) -> str:
    said = check.line(field, text)
    if said and not pattern.fullmatch(said):
        check.say(field, expected)
    return said


def uscc(check: Checker, text: str | None) -> str:
    return _pattern(check, "uscc", text, _USCC, "the 18 characters of 统一社会信用代码")


def hours(check: Checker, text: str | None) -> str:
    said = check.line("closed_hours", text)
    if said and not all(_HOURS.fullmatch(part.strip()) for part in said.split(",")):
        check.say("closed_hours", "hours such as 22:00-06:00, several with commas between")
    return said


def phone(check: Checker, field: str, text: str | None, *, required: bool = False) -> str:
    said = check.line(field, text, 40, required=required)
    if said and not _PHONE.fullmatch(said):
        check.say(field, "a telephone number")
    return said


# ------------------------------------------------------------ devices

_GB26875 = re.compile(r"[0-9A-F]{12}(/\d{1,3}\.\d{1,3}(\.\d{1,3}\.\d{1,10})?)?")


def address(check: Checker, gateway: str, text: str) -> str:
    """As the gateway names its devices (contract.md): GB/T 26875.3 in upper-case hex, like the protocol."""
    said = check.line("address", text, required=True)
    if gateway == "gb26875":
        said = said.upper()
        if said and not _GB26875.fullmatch(said):
            check.say(
                "address",
                "12 hex digits; a part behind it: ADDRESS/system.system_address.component.component_address, decimal",
            )
    elif any(c.isspace() for c in said):
        check.say("address", "an address without blanks")
    return said


class DeviceRecord(DeviceFacts, kw_only=True):
    id: str
    parent: int | None
    class_: str = msgspec.field(name="class")
    cut_by: str
    cut_until: datetime | None
    last_test_seen: datetime | None = None
    suspended_by: str = ""
    suspended_why: str = ""
    suspended_until: datetime | None = None


REGISTRABLE = ("planned", "delivered", "installed", "commissioned", "in_service")


def device(new: NewDevice, id_: str, is_component: bool) -> DeviceRecord:
    """`parent` and what is inherited from it are filled by the caller."""
    check = Checker()
    gateway = check.one_of("gateway", new.gateway, GATEWAYS, required=True)
    kind = check.one_of("type", new.type, devices.BY_NAME, required=True)
    check.place(new.lon, new.lat)
    class_ = check.one_of("class", new.class_, devices.CLASS_BY_NAME)
    load_class = load(check, new.load_class, kind)
    by, until = cut(check, new, kind)
    record = DeviceRecord(
        id=id_,
        gateway=gateway,
        address=address(check, gateway, new.address),
        parent=None,
        unit_id=new.unit_id,
        building_id=new.building_id,
        name=check.line("name", new.name, required=True),
        type=kind,
        class_=class_ or devices.class_of(kind, gateway, is_component),
        state=check.one_of("state", new.state or "in_service", REGISTRABLE, required=True),
        floor=level(check, "floor", new.floor),
        flat=level(check, "flat", new.flat),
        lon=new.lon,
        lat=new.lat,
        load_class=load_class,
        cut_by=by,
        cut_until=until,
        compartment=check.line("compartment", new.compartment),
        place=check.line("place", new.place),
        profile=check.line("profile", new.profile),
        maker=check.line("maker", new.maker),
        model=check.line("model", new.model),
        serial=check.line("serial", new.serial),
        firmware=check.line("firmware", new.firmware),
        iccid=check.line("iccid", new.iccid),
        installer=check.line("installer", new.installer),
        made_on=new.made_on,
        installed_on=new.installed_on,
        battery_on=new.battery_on,
        life_until=new.life_until,
        plan_expires_on=new.plan_expires_on,
    )
    check.done()
    return record


def level(check: Checker, field: str, value: str | int | None) -> str:
    return check.line(field, None if value is None else str(value), 20)


def load(check: Checker, word: str | None, kind: str) -> str:
    said = check.one_of("load_class", word, LOAD_ZH)
    if said and kind != "breaker":
        check.say("load_class", "only a breaker has one")
    return said


def cut(check: Checker, new: NewDevice, kind: str) -> tuple[str, datetime | None]:
    given = new.cut_authorisation
    if given is None:
        return "", None
    if kind != "breaker":
        check.say("cut_authorisation", "only a breaker has one")
    if given.until.tzinfo is None:
        check.say("cut_authorisation.until", "a time with its offset")
    return check.line("cut_authorisation.by", given.by, required=True), given.until


# ------------------------------------------------------------ hydrants


class HydrantRecord(HydrantFacts, kw_only=True):
    id: str
    area: str
    device: int | None

    @property
    def owned(self) -> Owned:
        return Owned(self.area, self.community)


class Gauge(msgspec.Struct, frozen=True):
    """A device that may tell of a hydrant. `of`: the code of the hydrant that it tells of already."""

    number: int
    of: str | None


def hydrant(
    new: NewHydrant, id_: str, known: Gazetteer, gauges: Mapping[str, Sequence[Gauge]], at: datetime
) -> HydrantRecord:
    """`gauges`: by address, those of the addresses that were named."""
    check = Checker()
    check.place(new.lon, new.lat)
    community = check.line("community", new.community, 12)
    for field in ("pressure_mpa", "static_mpa", "residual_mpa"):
        if (mpa := getattr(new, field)) is not None and not 0 <= mpa <= 4:
            check.say(field, "MPa from 0 to 4")
    if new.flow_lps is not None and not 0 < new.flow_lps <= 1000:
        check.say("flow_lps", "L/s above 0, at most 1000")
    tested = (new.static_mpa, new.residual_mpa, new.flow_lps)
    if any(part is not None for part in tested) and None in tested:
        check.say("flow_lps", "a flow test has three: static_mpa, residual_mpa, flow_lps")
    elif new.static_mpa is not None and new.residual_mpa is not None and new.residual_mpa >= new.static_mpa:
        check.say("residual_mpa", "below static_mpa: water that flows stands under less pressure")
    gauge = check.line("gauge", new.gauge)
    area_code = new.area_code.strip()
    record = HydrantRecord(
        id=id_,
        code=check.code("code", new.code, required=True),
        name=check.line("name", new.name),
        lon=new.lon,
        lat=new.lat,
        area_code=area_code,
        area=known.resolve(check, area_code, community),
        community=community,
        address=check.line("address", new.address),
        state=check.one_of("state", new.state or "usable", HYDRANT_STATES),
        pressure_mpa=new.pressure_mpa,
        pressure_at=at if new.pressure_mpa is not None else None,
        diameter_mm=check.whole("diameter_mm", new.diameter_mm, 15, 2000),
        kind=check.one_of("kind", new.kind, HYDRANT_KINDS),
        main_mm=check.whole("main_mm", new.main_mm, 15, 4000),
        outlets=check.line("outlets", new.outlets, 80),
        owner=check.line("owner", new.owner, 100),
        zone=check.line("zone", new.zone, 60),
        tested_on=new.tested_on,
        static_mpa=new.static_mpa,
        residual_mpa=new.residual_mpa,
        flow_lps=new.flow_lps,
        gauge=gauge,
        device=_gauge(check, new.code.strip(), gauge, gauges.get(gauge, ())),
    )
    check.done()
    return record


def _gauge(check: Checker, code: str, address: str, found: Sequence[Gauge]) -> int | None:
    if not address:
        return None
    if not found:
        check.say("gauge", "the address of a registered hydrant or water gauge")
        return None
    if len(found) > 1:
        check.say("gauge", "several gateways know that address")
        return None
    if found[0].of not in (None, code):
        check.say("gauge", f"it tells of hydrant {found[0].of} already")
    return found[0].number
