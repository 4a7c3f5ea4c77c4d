"""Every address that the routers know, read by axe: no serious or critical finding, in both languages, dark and light,
at both sizes of the desk, and on the phone. At 200 % nothing of a page is lost. The addresses come from the source, so
a new page cannot be forgotten."""

import contextlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, FilePayload, Page, expect

from browser.seat import AXE, ROOT, SIZES, Device, Seat, seat
from support.peer import Peer
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

CONSOLE, MOBILE = (ROOT / "web" / each / "src" / "app" / "router.ts" for each in ("console", "mobile"))
PATIENCE_S = 30.0
PAGES_S = 300
"""A walk over every page grows with the pages."""
ROUTE = re.compile(r"\{ path: '([^']+)', name: '([\w.\-]+)'")
OPTIONAL = re.compile(r"/:\w+\?")
WANTED = re.compile(r":(\w+)(?:\([^)]*\)\*?)?")
GO = "(path) => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', { state: {} })) }"
"""As a link does it: the page is loaded once."""


def addresses(router: Path = CONSOLE) -> list[tuple[str, str]]:
    """(name, path) of every route, as the source has them."""
    return [(name, path) for path, name in ROUTE.findall(router.read_text("utf-8")) if name not in ("login", "door")]


def filled(path: str, things: dict[str, str]) -> str:
    """`/units/:id` with the id of a unit: the folder before a hole says what belongs into it."""
    whole = OPTIONAL.sub("", path)
    for hole in WANTED.finditer(whole):
        folder = whole[: hole.start()].rstrip("/").rpartition("/")[2]
        kind = hole.group(1) if hole.group(1) in things else folder
        assert kind in things, f"{path}: say in `things` what stands for :{hole.group(1)} behind {folder!r}"
        whole = whole.replace(hole.group(0), things[kind], 1)
    return whole


class Office:
    """Something of each sort that a page can show."""

    def __init__(self, city: Platform, page: Page) -> None:
        name, password = city.account("admin")
        answer = page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
        self._head, self._url, self._page = {"Authorization": f"Bearer {answer.json()['token']}"}, city.url, page
        page.context.clear_cookies()
        address = f"7905{secrets.token_hex(4).upper()}"
        unit = self._post("/units", {
            "code": f"AXE-{address}", "name": "井冈山大道测试医院", "premises": "crowded", "area_code": "360802",
            "lon": 114.98, "lat": 27.11,
        })  # fmt: skip
        building = self._post(f"/units/{unit['id']}/buildings", {"code": "1", "name": "门诊楼"})
        label = f"LDXF01240115{address[3:]}00C81A2B"
        device = self._post("/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875",
            "address": address, "serial": label,
        })  # fmt: skip
        account = self._post("/accounts", {"name": f"axe-{address}", "role": "duty", "password": "correct horse 119"})
        hydrant = self._post("/hydrants", {"code": address, "lon": 114.98, "lat": 27.11, "area_code": "360802"})
        due = (SystemClock().now() + timedelta(days=9)).date().isoformat()
        round_ = self._post("/hydrant-rounds", {"name": "季度巡查", "area": "360802", "due_on": due})
        circuit = self._post("/circuits", {"unit_id": unit["id"], "code": "AL1-N3", "name": "三号插座回路"})
        firm = self._post("/organisations", {"kind": "firm", "code": address, "name": "测试维保公司"})
        some = "/api/v1/communities?area=360802&limit=1"
        community = self._answered(page.request.get(f"{city.url}{some}", headers=self._head))["items"][0]["code"]
        grid = self._post("/grids", {"code": f"G-{address}", "name": "一网格", "community": community})
        sheet: FilePayload = {
            "name": "units.csv",
            "mimeType": "text/csv",
            "buffer": "code,name,premises,area_code\n1,无区划,,9\n".encode(),
        }
        taken = self._answered(
            page.request.post(f"{city.url}/api/v1/imports/units", multipart={"file": sheet}, headers=self._head)
        )
        Device(address, city.gb26875_port).say(0x00010A)
        self._stands(unit["id"])
        slug = f"axe-{address.lower()}"
        hosted = {"slug": slug, "kind": "district", "name": "吉州区分平台", "scope": "area:360802"}
        opened = self._post("/hosted", {**hosted, "administrator": {"name": f"{slug}.admin"}})
        maker = self._post("/platforms", {"slug": f"m{address.lower()}", "name": "安美消防云", "adapter": "gbt45839"})
        above = self._post(
            "/upward/targets", {"name": slug, "adapter": "rest", "url": "http://127.0.0.1:9", "paused": True}
        )
        partner = self._post("/partners", {"name": slug, "kind": "city", "account": f"{slug}.partner"})
        told: dict[str, object] = {
            "name": "警情",
            "url": "https://partner.example/hook",
            "what": ["incident_opened"],
            "confirmed": True,
        }
        self._post(f"/partners/{partner['id']}/subscriptions", told)
        walk = self._post("/walk-tests", {"unit_id": unit["id"], "minutes": 30, "purpose": "季度测试"})
        self.things = {
            "units": unit["id"], "buildings": building["id"], "devices": device["id"], "accounts": account["id"],
            "walk-tests": walk["id"], "hydrants": hydrant["id"], "organisations": firm["id"], "areas": "360802",
            "imports": taken["id"], "rest": "nowhere/at/all", "hosted": opened["hosted"]["id"], "p": slug, "d": label,
            "reports": self._report(unit["id"]), "orders": self._order(unit["id"]), "circuits": circuit["id"],
            "platforms": maker["platform"]["id"], "upward": above["id"], "partners": partner["id"],
            "federation": self._platform(city, slug),
            "grids": grid["id"], "rounds": round_["id"], "policy": "1",
            "checks": self._check(),
            "reach": "nobody-was-asked-by-it",
            "join": self._invitation(city, unit["code"]),
        }  # fmt: skip

    def _check(self) -> str:
        """By phone, in a unit where nothing burns."""
        new = {"code": f"CK-{secrets.token_hex(3)}", "name": "门岗", "premises": "other", "area_code": "360802"}
        unit = self._post("/units", new)["id"]
        return str(self._post("/duty-checks", {"unit_ids": [unit]})["begun"][0])

    def _report(self, unit: str) -> str:
        said = {"kind": "hazard", "category": "exit_blocked", "words": "杂物堵门", "unit_id": unit}
        return str(self._post("/reports", {**said, "reporter": {"name": "李女士", "phone": "13800001234"}})["id"])

    def _order(self, unit: str) -> str:
        said = {"kind": "hazard", "category": "facility", "words": "灭火器过期", "unit_id": unit}
        return str(self._post("/reports", said)["incident_id"])

    def _platform(self, city: Platform, slug: str) -> str:
        made = self._post("/federation/invitations", {"slug": slug, "name": "教育局平台", "scope": "area:360802"})
        with contextlib.closing(Peer(city.url, str(made["code"]))) as peer:
            return peer.id

    def _invitation(self, city: Platform, unit: str) -> str:
        name, password = city.account("owner", f"unit:{unit}")
        entered = self._page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
        self._page.context.clear_cookies()
        head = {"Authorization": f"Bearer {entered.json()['token']}"}
        asked = self._page.request.post(f"{city.url}/api/v1/family", data={"label": "妈妈"}, headers=head)
        return str(self._answered(asked)["code"])

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return self._answered(self._page.request.post(f"{self._url}/api/v1{path}", data=body, headers=self._head))

    def _stands(self, unit: str) -> None:
        """The engine has judged the fire before the walk test begins that would keep it from the desk."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            asked = self._page.request.get(f"{self._url}/api/v1/incidents?unit_id={unit}", headers=self._head)
            if self._answered(asked)["items"]:
                return
        raise TimeoutError("the fire does not stand at the desk")

    @staticmethod
    def _answered(answer: APIResponse) -> dict[str, Any]:
        assert answer.ok, answer.text()
        return answer.json()


def settled(page: Page) -> None:
    expect(page.locator("#content")).to_be_visible()
    expect(page.locator("#content [aria-busy=true], #content[aria-busy=true]")).to_have_count(0)


def read(here: Seat, where: str) -> list[str]:
    found: list[dict[str, object]] = json.loads(here.page.evaluate(
        """async () => JSON.stringify((await axe.run(document, { resultTypes: ['violations'] })).violations
            .filter((v) => ['serious', 'critical'].includes(v.impact))
            .map((v) => ({ rule: v.id, at: v.nodes.slice(0, 3).map((n) => n.target + ' ' + n.failureSummary) })))"""
    ))  # fmt: skip
    return [f"{where}: {each['rule']}: {each['at']}" for each in found]


def sized(here: Seat, size: str) -> None:
    width, height = SIZES[size]
    here.page.set_viewport_size({"width": width, "height": height})


def walk(here: Seat, things: dict[str, str], who: str, *, twice: bool) -> list[str]:
    """Each address: dark Chinese on the large screen; then light English on the small one, switched in place."""
    found: list[str] = []
    here.page.evaluate(AXE.read_text("utf-8"))
    for name, path in addresses():
        here.page.evaluate(GO, filled(path, things))
        settled(here.page)
        found += read(here, f"{who} {name} {SEEN[0] if twice else SEEN[2]}")
        if twice:
            switch(here)
            sized(here, "1366x768")
            found += read(here, f"{who} {name} {SEEN[1]}")
            sized(here, "1920x1080")
            switch(here)
    return found


SEEN = ("zh dark 1920x1080", "en light 1366x768", "zh light 1366x768")


def switch(here: Seat) -> None:
    before = here.page.locator("html").get_attribute("lang")
    here.page.locator("[data-language]").click()
    here.page.locator("[data-theme-switch]").click()
    expect(here.page.locator("html")).not_to_have_attribute("lang", before or "")


@pytest.mark.timeout(PAGES_S)
def test_no_page_has_a_serious_finding(city: Platform, browser: Browser) -> None:
    assert len(addresses()) > 18, "the router is written in another form"
    with seat(browser, city.url) as here:
        here.page.emulate_media(reduced_motion="reduce")  # a colour on its way is no colour
        office = Office(city, here.page)
        here.page.goto("/login")
        settled(here.page)
        here.page.evaluate(AXE.read_text("utf-8"))
        found = read(here, "login")
        here.page.goto(f"/p/{office.things['p']}")
        expect(here.page.locator("[data-face]")).to_have_text("吉州区分平台")
        here.page.evaluate(AXE.read_text("utf-8"))
        found += read(here, "door")
        here.sign_in(*city.account("admin"))
        found += walk(here, office.things, "admin", twice=True)
        here.page.keyboard.press("F1")
        expect(here.page.locator("[data-help]")).to_be_visible()
        found += read(here, "help drawer")
    with seat(browser, city.url, "zh", "light", "1366x768") as here:
        here.page.emulate_media(reduced_motion="reduce")
        here.sign_in(*city.account("duty"))
        found += walk(here, office.things, "duty", twice=False)
    assert found == [], "\n".join(found)


LOST = """() => {
    const scrolls = (style) => /auto|scroll/.test(style), cuts = (style) => /hidden|clip/.test(style)
    const words = (one) => (one.getAttribute('aria-label') || one.innerText || one.name || '').trim().slice(0, 30)
    const lost = (one, near, far, edge, overflow) => {
        const box = one.getBoundingClientRect(), middle = (box[near] + box[far]) / 2
        for (let each = one.parentElement; each !== null && each !== document.body; each = each.parentElement) {
            const style = getComputedStyle(each), around = each.getBoundingClientRect()
            if (scrolls(style[overflow])) return false
            if (cuts(style[overflow]) && (middle > around[far] + 1 || middle < around[near] - 1)) return true
            if (style.position === 'fixed') return box[far] > edge + 1 || box[near] < -1
        }
        return near === 'left' && (box.right > edge + 1 || box.left < -1)
    }
    const found = [], width = document.documentElement.scrollWidth
    if (width > innerWidth + 1) found.push(`the page is ${width} wide`)
    const read = 'a, button, input, select, textarea, summary, h1, h2, td, th, [role=tab]'
    for (const one of document.querySelectorAll(read)) {
        if (!one.checkVisibility({ visibilityProperty: true }) || one.getBoundingClientRect().width < 2) continue
        if (one.closest('.visually-hidden, .skip, .maplibregl-map') !== null) continue
        // Heads of a table whose rows are cards there: out of sight on purpose, each cell says them.
        const head = one.closest('thead')
        if (head !== null && getComputedStyle(head).clipPath !== 'none') continue
        if (lost(one, 'left', 'right', innerWidth, 'overflowX')) found.push(`${one.tagName} ${words(one)} beside`)
        if (lost(one, 'top', 'bottom', innerHeight, 'overflowY')) found.push(`${one.tagName} ${words(one)} below`)
    }
    return found.slice(0, 6)
}"""
"""What no scrolling of its own page or table brings into sight; a page that must be pushed sideways loses as well."""
DOUBLE = ("1366x768", "1920x1080")


def zoomed(here: Seat, size: str) -> None:
    """As the browser does it at 200 %: of the window half as much is left, in either direction."""
    width, height = SIZES[size]
    here.page.set_viewport_size({"width": width // 2, "height": height // 2})


@pytest.mark.timeout(PAGES_S)
def test_no_page_loses_anything_at_200_percent(city: Platform, browser: Browser) -> None:
    with seat(browser, city.url) as here:
        here.page.emulate_media(reduced_motion="reduce")
        office = Office(city, here.page)
        here.sign_in(*city.account("admin"))
        found: list[str] = []
        for name, path in addresses():
            here.page.evaluate(GO, filled(path, office.things))
            settled(here.page)
            for size in DOUBLE:
                zoomed(here, size)
                found += [f"{name} {size}: {each}" for each in here.page.evaluate(LOST)]
                here.page.locator("[data-language]").click()
        assert found == [], "\n".join(found)
        for planted, said in (("width: 3000px", "wide"), ("position: fixed; left: -99px", "beside")):
            here.page.evaluate(
                "style => document.body.insertAdjacentHTML('beforeend', `<button style=\"${style}\">planted</button>`)",
                planted,
            )
            assert any(said in each for each in here.page.evaluate(LOST)), "a loss is found"


@pytest.mark.timeout(PAGES_S)
def test_no_page_of_the_phone_has_a_serious_finding(city: Platform, browser: Browser) -> None:
    routes = addresses(MOBILE)
    assert len(routes) > 7, "the router is written in another form"
    found: list[str] = []
    for locale in ("zh", "en"):
        with seat(browser, city.url, locale, size="phone") as held:
            page = held.page
            page.emulate_media(reduced_motion="reduce")
            office = Office(city, page)
            page.goto("/m/login")
            name, password = city.account("admin")
            expect(page.locator("input[name=username]")).to_be_visible()
            page.evaluate(AXE.read_text("utf-8"))
            found += dressed(held, "login")
            page.locator("input[name=username]").fill(name)
            page.locator("input[name=password]").fill(password)
            page.keyboard.press("Enter")
            expect(page.locator("[data-nav=today]")).to_be_visible()
            expect(page.locator("[data-alarms] [data-incident]").first).to_be_visible()
            burning = page.locator("[data-alarms] [data-incident]").first.get_attribute("data-incident") or ""
            things = {**office.things, "alarms": burning, "jobs": "none-of-this-name"}
            for route, path in routes:
                page.evaluate(GO, "/m" + filled(path, things))
                expect(page.locator("main").first).to_be_visible()
                expect(page.locator("[aria-busy=true]")).to_have_count(0)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{route} is too wide"
                found += dressed(held, route)
    assert found == [], "\n".join(found)


def dressed(held: Seat, route: str) -> list[str]:
    found: list[str] = []
    for look in ("light", "dark"):
        held.page.evaluate(f"document.documentElement.dataset.theme = '{look}'")
        found += read(held, f"phone {route} {held.locale} {look}")
    return found


def test_a_finding_is_found(city: Platform, browser: Browser) -> None:
    """A picture without words and grey on grey, put into a page that is otherwise well."""
    with seat(browser, city.url) as here:
        here.page.goto("/login")
        settled(here.page)
        here.page.evaluate(AXE.read_text("utf-8"))
        here.page.evaluate(
            "document.querySelector('#content').insertAdjacentHTML('beforeend', "
            '\'<img src="/icon.svg"><p style="color:#333;background:#222">grey on grey</p>\')'
        )
        assert {line.split(": ")[1] for line in read(here, "login")} == {"image-alt", "color-contrast"}
