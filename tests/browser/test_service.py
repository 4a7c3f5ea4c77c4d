"""Service levels of a month: page, workbook, targets by versions, a contract; in both languages."""

import secrets

from playwright.sync_api import Browser, expect

from browser.seat import RESULTS, seat
from support.platform import Platform


def test_levels_are_read_taken_out_and_their_targets_changed(city: Platform, browser: Browser) -> None:
    name = f"合同{secrets.token_hex(3)}"
    with seat(browser, city.url, "zh") as here:
        page = here.page
        here.sign_in(*city.account("lead"))
        page.goto("/monthly/service")
        month = page.locator("[data-month] option").first.get_attribute("value") or ""
        page.locator("[data-month]").select_option(month)
        expect(page.locator("[data-part=counties]")).to_be_visible()
        expect(page.locator("[data-part=load]")).to_contain_text("EEMUA 191")
        page.locator("[data-edit-targets]").click()
        page.locator("dialog input").first.fill("0")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("dialog .error").first).to_be_visible()
        here.picture("service-zh-targets")
        assert here.unreadable() == []
        page.locator("dialog input").first.fill("45")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-part=counties]")).to_contain_text("≤ 45 秒")
        page.locator("[data-new-contract]").click()
        page.locator("dialog input").nth(0).fill(name)
        page.locator("dialog input").nth(1).fill("F1")
        page.locator("dialog input[type=date]").nth(0).fill("2026-01-01")
        page.locator("dialog input[type=date]").nth(1).fill("2099-12-31")
        here.picture("service-zh-contract")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-part=contracts]")).to_contain_text(name)
        with page.expect_download() as saved:
            page.locator("[data-sheet]").click()
        assert saved.value.suggested_filename.endswith(".xlsx") and saved.value.path().read_bytes()[:2] == b"PK"
        here.pictures("service-zh")
        assert here.unreadable() == []
        page.locator("[data-language]").click()
        expect(page.locator("[data-part=counties]")).to_contain_text("Taken in")
        page.screenshot(path=RESULTS / "service-en.png")
        usual = page.request.get("/api/v1/monthly/service/targets").json()["items"][-1]["targets"]
        assert page.request.put("/api/v1/monthly/service/targets", data=usual).ok
