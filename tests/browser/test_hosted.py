"""A sub-platform, opened in the city's office and handed over: its administrator enters at its own door."""

import secrets

import pytest
from playwright.sync_api import Browser, Locator, expect

from browser.seat import PATIENCE_MS, Seat, seat
from support.platform import Platform


def field(taken: Seat, name: str) -> Locator:
    return taken.page.locator(f"[data-field={name}] input, [data-field={name}]").locator("visible=true").last


def read(taken: Seat, name: str) -> None:
    for look in ("light", "dark"):
        taken.page.evaluate(f"document.documentElement.dataset.theme = '{look}'")
        taken.picture(f"hosted-{name}-{look}")
        assert taken.unreadable() == []


@pytest.mark.parametrize(("locale", "size"), [("zh", "1366x768"), ("en", "1920x1080")])
def test_an_industry_gets_its_own_platform(browser: Browser, city: Platform, locale: str, size: str) -> None:
    mark = secrets.token_hex(3)
    slug, name = f"school-{mark}", f"吉安市教育消防分平台{mark}"
    with seat(browser, city.url, locale, size=size) as office, seat(browser, city.url, locale, size=size) as school:
        office.sign_in(*city.account("admin"))
        office.page.locator("[data-menu=office]").click()
        office.page.locator("#menu-office a[href='/hosted']").click()
        office.page.locator("[data-open-hosted]").click()
        office.page.get_by_role("button", name="开通" if locale == "zh" else "Open", exact=True).click()
        expect(office.page.locator("[aria-invalid=true]").first).to_be_visible()
        read(office, f"refused-{locale}")
        for each, text in (
            ("name", name),
            ("short_name", "教育分平台"),
            ("slug", slug),
            ("administrator", f"{slug}.a"),
        ):
            field(office, each).fill(text)
        office.page.locator("[data-limited]").check()
        office.page.locator("input[value=education]").check()
        office.page.locator("select[name=start_page]").select_option("units")
        office.page.get_by_role("button", name="开通" if locale == "zh" else "Open", exact=True).click()
        handed = office.page.locator("[data-handed]")
        expect(handed).to_contain_text(f"/p/{slug}")
        read(office, f"handed-{locale}")
        account, password = (handed.locator(f"[data-{each}]").inner_text() for each in ("administrator", "password"))
        office.page.locator(".button.main").click()
        crest = office.page.screenshot(clip={"x": 0, "y": 0, "width": 96, "height": 46})
        office.page.locator("input[type=file]").set_input_files(
            {"name": "徽.png", "mimeType": "image/png", "buffer": crest}
        )
        office.page.locator("[data-put-logo]").click()
        office.page.wait_for_function("() => document.querySelector('.logo img')?.naturalWidth === 96")
        read(office, f"one-{locale}")

        school.page.goto(f"/p/{slug}")
        expect(school.page.locator("[data-face]")).to_have_text(name)
        read(school, f"door-{locale}")
        school.page.locator("form input").nth(0).fill(account)
        school.page.locator("form input").nth(1).fill(password)
        school.page.keyboard.press("Enter")
        own = school.page.locator("[data-must]")
        expect(own).to_be_visible()
        read(school, f"must-{locale}")
        for nth, typed in enumerate((password, f"own {password}", f"own {password}")):
            own.locator("input").nth(nth).fill(typed)
        school.page.keyboard.press("Enter")
        expect(school.page.locator("[data-link]")).to_have_class("link live", timeout=PATIENCE_MS)
        expect(school.page).to_have_url(f"{city.url}/units")
        expect(school.page.locator(".centre img")).to_be_visible()
        school.page.locator("[data-menu=office]").click()
        school.page.locator("#menu-office a[href='/hosted']").click()
        school.page.locator("tbody a").filter(has_text=mark).click()
        expect(school.page.locator("[data-field=short_name]")).to_be_visible()
        expect(school.page.locator("[data-close]")).to_have_count(0)
        read(school, f"own-{locale}")

        office.page.locator("[data-close]").click()
        office.page.locator("dialog button[type=submit]").click()
        expect(office.page.locator(".flag")).to_be_visible()
        school.page.reload()
        expect(school.page.locator("form input").nth(1)).to_be_visible()
        school.page.goto(f"/p/{slug}")
        expect(school.page).to_have_url(f"{city.url}/login")
