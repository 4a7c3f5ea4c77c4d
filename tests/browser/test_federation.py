"""A school's own installation joins the city: invited in the office, seen with how far it is, its fire at the desk."""

import contextlib
import secrets

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
    """A unit of theirs, and a fire in it."""
    at, unit = to_micros(peer.clock.now()), mint(peer.clock)
    made = {"id": unit, "code": f"S-{mark}", "name": f"吉州第一中学{mark}", "premises": "crowded", "class": 2}
    place = {"unit_id": unit, "text": "教学楼三层走廊"}
    fire = {
        "id": mint(peer.clock), "version": 1, "opened_at": at, "received_at": at, "last_signal_at": at, "grade": 2,
        "place": place, "reasons": [{"why": "first_fire", "facts": {}}], "alarm_count": 1,
    }  # fmt: skip
    counts = {"units": 1, "devices": 0}
    events = [
        peer.event({"units": [{**made, "area_code": "360802", "area": "360802", "lon": 114.98, "lat": 27.11}]}),
        peer.event({"incidents": [fire]}, type_="incident.opened", step=2, time=peer.clock.now().isoformat()),
        peer.event(
            {"now": at, "head": 2, "version": "0.1.0", "counts": counts}, type_="platform.alive", step=3, sequence="2"
        ),
    ]
    assert peer.send(events).status_code == 200


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
        with contextlib.closing(Peer(city.url, code)) as peer:
            burns(peer, mark)
            row = office.page.locator(f"[data-platform=school-{mark}]")
            expect(row).to_be_visible(timeout=PATIENCE_MS)
            expect(row.locator(".state.live")).to_be_visible(timeout=PATIENCE_MS)
            read(office, f"joined-{locale}")
            row.locator("a").click()
            expect(office.page.locator("tbody tr")).to_have_count(1)
            expect(office.page.locator("dl")).to_contain_text("1/1")
            read(office, f"one-{locale}")
            office.page.goto("/duty")
            fire = office.page.locator("[data-incident]").filter(has_text=mark).first
            expect(fire.locator("[data-origin]")).to_have_text(name, timeout=PATIENCE_MS)
            fire.click()
            expect(office.page.locator(".where [data-origin]")).to_contain_text(name)
            read(office, f"desk-{locale}")
            office.page.goto(f"/federation/{peer.id}")
            office.page.locator("[data-revoke]").click()
            office.page.locator("dialog button[type=submit]").click()
            expect(office.page.locator(".state.revoked")).to_be_visible()
            assert peer.send([peer.event({})]).status_code == 410
