"""The big screen: a link made at the console, opened in a hall, in both sizes and languages; revoked, it goes dark."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from browser.seat import PATIENCE_MS, RESULTS, Seat, seat
from browser.test_story import Building
from support.platform import Platform

SIZES = {"1080p": (1920, 1080), "4k": (3840, 2160)}
SMALL = """() => {
    const least = innerWidth >= 3840 ? 32 : 16
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
    const found = []
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
        if (node.textContent.trim() === '' || node.parentElement.closest('svg')) continue
        const size = parseFloat(getComputedStyle(node.parentElement).fontSize)
        if (size < least - 0.1) found.push(`${size} ${node.textContent.trim()}`)
    }
    for (const text of document.querySelectorAll('main svg text')) {
        const high = text.getBoundingClientRect().height
        if (high < least) found.push(`${high} ${text.textContent}`)
    }
    return found
}"""
"""Texts that are smaller than a hall can read."""


@contextmanager
def hall(browser: Browser, address: str) -> Iterator[Page]:
    """A browser of its own: no session, no cookie."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    assert context.cookies() == [], "a wall leaves no cookie"
    assert complaints == []
    context.close()


def shots(page: Page, name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=RESULTS / f"wall-{name}-{size}.png")
        assert page.evaluate(SMALL) == [], "readable from the back of the hall"
    page.set_viewport_size({"width": 1920, "height": 1080})


def link(here: Seat, name: str) -> str:
    """Made as a lead makes it; the secret is shown once."""
    page = here.page
    page.goto("/walls")
    page.locator("[data-new]").click()
    dialog = page.locator("dialog")
    dialog.locator("input").first.fill(name)
    dialog.locator("textarea").fill("10.0.0.0/8")
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".error").first).to_be_visible()
    here.picture(f"walls-{here.locale}-form")
    assert here.unreadable() == []
    dialog.locator("textarea").fill("127.0.0.0/16\n10.1.2.3")
    dialog.locator("button[type=submit]").click()
    address = page.locator("[data-secret]").text_content() or ""
    here.picture(f"walls-{here.locale}-made")
    assert here.unreadable() == []
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(f"[data-wall='{name}']")).to_be_visible()
    return address


def confirmed(here: Seat, building: Building) -> str:
    """A real alarm at the device's port; somebody on the spot says that it burns: grade I."""
    building.device.say(131082)
    row = here.row_of(building.name)
    expect(row).to_have_count(1, timeout=PATIENCE_MS)
    incident = row.get_attribute("data-incident") or ""
    assert here.page.request.post(f"/api/v1/incidents/{incident}/confirm", data={"basis": "on_site"}).ok
    return incident


def test_the_city_at_a_glance_until_the_link_is_revoked(city: Platform, browser: Browser) -> None:
    name = f"大厅{secrets.token_hex(3)}"
    with seat(browser, city.url, "zh") as here:
        page, building = here.page, Building(city, here.page)
        here.sign_in(*city.account("lead"))
        incident = confirmed(here, building)
        address = link(here, name)
        with hall(browser, address) as wall:
            fires = wall.locator("[data-fires] [data-fire]")
            expect(fires.first).to_be_visible(timeout=PATIENCE_MS)
            expect(wall.locator("[data-fresh]")).to_have_text(here.say("wall.fresh"))
            box, whole = wall.locator("[data-fires]").bounding_box(), wall.viewport_size
            assert box is not None and whole is not None and 0.45 < box["width"] / whole["width"] < 0.55
            shots(wall, "burning")
            assert building.name not in wall.content()
            grave = wall.locator("[data-grades] [data-grade=I] b")  # the half shows the gravest only, this counts all
            before = int(grave.inner_text())
            closed = page.request.post(f"/api/v1/incidents/{incident}/close", data={"outcome": "fire", "cause": "F2"})
            assert closed.ok, closed.text()
            expect(grave).to_have_text(str(before - 1), timeout=PATIENCE_MS)
            shots(wall, "zh")
            wall.context.set_offline(True)
            expect(wall.locator("[data-fresh]")).to_contain_text(here.begins("wall.old"), timeout=PATIENCE_MS)
            wall.screenshot(path=RESULTS / "wall-old.png")
            wall.context.set_offline(False)
            expect(wall.locator("[data-fresh]")).to_have_text(here.say("wall.fresh"), timeout=PATIENCE_MS)
            with hall(browser, address.replace("#", "?lang=en#")) as abroad:
                expect(abroad.locator("[data-grades]")).to_be_visible(timeout=PATIENCE_MS)
                shots(abroad, "en")
            page.locator(f"[data-wall='{name}'] [data-revoke]").click()
            page.locator("dialog button[type=submit]").click()
            expect(wall.locator("[data-shut]")).to_contain_text(here.say("wall.shut.revoked"), timeout=PATIENCE_MS)
            wall.screenshot(path=RESULTS / "wall-revoked.png")
        expect(page.locator(f"[data-wall='{name}']")).to_contain_text(here.say("walls.revoked"))
        here.picture("walls-list")
        assert here.unreadable() == []
