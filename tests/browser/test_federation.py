"""A school's own installation joins the city: invited in the office, seen with how far it is, its fire at the desk."""

import contextlib
import secrets
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, Seat, seat
from support.peer import Peer
from support.platform import Platform
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_micros


def read(taken: Seat, name: str) -> None:
    for look in ("light", "dark"):
        taken.page.evaluate(f"document.documentElement.dataset.theme = '{look}'")
        taken.picture(f"federation-{name}-{look}")
        assert taken.unreadable() == []


def burns(peer: Peer, mark: str) -> None:
    """A unit of theirs, a fire in it, and a device whose number one of ours has, but with another maker's name."""
    at, unit = to_micros(peer.clock.now()), mint(peer.clock)
    made = {"id": unit, "code": f"S-{mark}", "name": f"吉州第一中学{mark}", "premises": "crowded", "class": 2}
    place = {"unit_id": unit, "text": "教学楼三层走廊"}
    fire = {
        "id": mint(peer.clock), "version": 1, "opened_at": at, "received_at": at, "last_signal_at": at, "grade": 2,
        "place": place, "reasons": [{"why": "first_fire", "facts": {}}], "alarm_count": 1,
    }  # fmt: skip
    counts = {"units": 1, "devices": 1}
    device = {
        "id": mint(peer.clock), "gateway": "gb26875", "address": f"A{mark}", "unit_id": unit, "maker": "乙厂",
        "name": f"三层感烟{mark}", "type": "smoke", "serial": f"SN-{mark}-0119",
    }  # fmt: skip
    whole = {**made, "area_code": "360802", "area": "360802", "lon": 114.98, "lat": 27.11}
    events = [
        peer.event({"units": [whole], "devices": [device]}),
        peer.event({"incidents": [fire]}, type_="incident.opened", step=2, time=peer.clock.now().isoformat()),
        peer.event(
            {"now": at, "head": 2, "version": "0.1.0", "counts": counts}, type_="platform.alive", step=3, sequence="2"
        ),
    ]
    assert peer.send(events).status_code == 200


def own(city: Platform, mark: str) -> None:
    """A device of the city's own with that number."""
    with httpx.Client(base_url=f"{city.url}/api/v1", timeout=30) as office:
        name, password = city.account("admin")
        token = office.post("/login", json={"username": name, "password": password}).json()["token"]
        office.cookies.clear()
        office.headers["authorization"] = f"Bearer {token}"
        place = {"premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
        unit = office.post("/units", json={"code": f"S-{mark}", "name": f"吉州第一中学{mark}", **place}).json()["id"]
        device = {"name": f"三层感烟{mark}", "type": "smoke", "gateway": "mqtt", "address": f"c{mark}", "unit_id": unit}
        made = office.post("/devices", json={**device, "serial": f"SN-{mark}-0119", "maker": "甲厂"})
        assert made.status_code < 300, made.text


def narrowed(office: Seat, page: str, name: str) -> None:
    """A list shows only what that platform told of, and says so."""
    office.page.goto(f"/{page}?{urlencode({'origin': name})}")
    expect(office.page.locator("tbody tr")).to_have_count(1, timeout=PATIENCE_MS)
    expect(office.page.locator("tbody tr")).to_contain_text(name)


@pytest.mark.parametrize(("locale", "size"), [("zh", "1366x768"), ("en", "1920x1080")])
def test_a_schools_platform_joins_the_city(browser: Browser, city: Platform, locale: str, size: str) -> None:
    mark = secrets.token_hex(3)
    name = f"教育局平台{mark}"
    with seat(browser, city.url, locale, size=size) as office:
        office.sign_in(*city.account("admin"))
        office.page.locator("[data-menu=office]").click()
        office.page.locator("#menu-office a[href='/federation']").click()
        expect(office.page.locator("[data-joining]")).to_be_visible()
        read(office, f"empty-{locale}")
        office.page.locator("[data-field=url] input, input[data-field=url]").last.fill("nowhere")
        office.page.locator("[data-joining] button[type=submit]").click()
        expect(office.page.locator("[data-joining] [role=alert]")).to_be_visible()
        office.page.locator("[data-invite]").click()
        for each, text in (("name", name), ("slug", f"school-{mark}")):
            office.page.locator(f"[data-field={each}] input, input[data-field={each}]").last.fill(text)
        office.page.locator("[data-inviting] button[type=submit]").click()
        expect(
            office.page.locator("[data-inviting] [aria-invalid=true], [data-inviting] [role=alert]").first
        ).to_be_visible()
        office.page.locator("[data-inviting] input[type=radio]").first.check()
        read(office, f"inviting-{locale}")
        office.page.locator("[data-inviting] button[type=submit]").click()
        code = office.page.locator("[data-code]").inner_text()
        read(office, f"code-{locale}")
        own(city, mark)
        with contextlib.closing(Peer(city.url, code)) as peer:
            burns(peer, mark)
            row = office.page.locator(f"[data-platform=school-{mark}]")
            expect(row).to_be_visible(timeout=PATIENCE_MS)
            expect(row.locator(".state.live")).to_be_visible(timeout=PATIENCE_MS)
            read(office, f"joined-{locale}")
            row.locator("a").click()
            expect(office.page.locator("tbody tr")).to_have_count(1)
            expect(office.page.locator("[data-tab=days]")).to_have_attribute("aria-selected", "true")
            expect(office.page.locator("dl")).to_contain_text("1/1")
            read(office, f"one-{locale}")
            office.page.goto("/duty")
            fire = office.page.locator("[data-incident]").filter(has_text=mark).first
            expect(fire.locator("[data-origin]")).to_have_text(name, timeout=PATIENCE_MS)
            fire.click()
            expect(office.page.locator(".where [data-origin]")).to_contain_text(name)
            office.page.locator("[data-ask]").click()
            office.page.locator("[data-field=ask-note] input, input[data-field=ask-note]").last.fill("请派人到三层")
            office.page.locator("[data-ask-below] button[type=submit]").click()
            expect(office.page.locator("[data-asked]")).to_contain_text(name)
            read(office, f"desk-{locale}")
            for each in ("incidents", "devices"):
                narrowed(office, each, name)
                read(office, f"{each}-{locale}")
            office.page.goto(f"/federation/{peer.id}")
            office.page.locator("[data-tab=words]").click()
            word = office.page.locator("[data-words-down] tbody tr")
            expect(word).to_contain_text("请派人到三层", timeout=PATIENCE_MS)
            expect(word.locator("td").nth(3)).to_have_text(office.say("federation.word.waits"))
            expect(word.locator("td").nth(4)).to_have_text("–")
            read(office, f"waits-{locale}")
            peer.post(b'{"after": 1, "wait_s": 0}', way="orders")
            now = office.say("federation.word.now", state=office.say("state.open"))
            expect(word.locator("td").nth(4)).to_have_text(now, timeout=PATIENCE_MS)
            read(office, f"words-{locale}")
            office.page.locator("[data-tab=twins]").click()
            office.page.locator("[data-twins] [data-same]").click()
            expect(office.page.locator("[data-twins] b")).to_have_text(office.say("federation.pair.one"))
            read(office, f"twins-{locale}")
            office.page.locator("[data-revoke]").click()
            office.page.locator("dialog button[type=submit]").click()
            expect(office.page.locator(".state.revoked")).to_be_visible()
            assert peer.send([peer.event({})]).status_code == 410
