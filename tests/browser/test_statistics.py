"""What happened and how long it took, as a list with bars: by kind, by area, by type of device; and as a file."""

import secrets

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, RESULTS, Device, seat
from support.platform import Platform

STANDS = """async (address) => {
  for (let turn = 0; turn < 300; turn++) {
    const { items } = await (await fetch('/api/v1/incidents?limit=500')).json();
    const found = items.find((each) => JSON.stringify(each.alarms).includes(address));
    if (found !== undefined) return found.id;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error('no incident of ' + address);
}"""
"""Asks again until the incident stands."""
FIRE = {"zh": "火警", "en": "Fire"}


@pytest.mark.parametrize(("locale", "theme"), [("zh", "dark"), ("en", "light")])
def test_a_false_alarm_is_counted_with_its_times(city: Platform, browser: Browser, locale: str, theme: str) -> None:
    with seat(browser, city.url, locale, theme, "1366x768") as here:
        page = here.page
        here.sign_in(*city.account("lead"))
        before = _fires(page.request.get("/api/v1/statistics/incidents", params={"queue": "desk"}).json())
        address = f"7907{secrets.token_hex(4).upper()}"
        Device(address, city.gb26875_port).say(131082)
        incident = page.evaluate(STANDS, address)
        for step, body in (("accept", {}), ("dismiss", {"cause": "U1"})):
            answer = page.request.post(f"/api/v1/incidents/{incident}/{step}", data=body)
            assert answer.ok, answer.text()
        page.goto("/statistics?queue=desk")
        row = page.locator("[data-statistics] tr[data-code='fire']")
        expect(row).to_contain_text(FIRE[locale], timeout=PATIENCE_MS)
        expect(row.locator("td").nth(1)).to_have_text(str(before + 1))
        here.pictures(f"statistics-{locale}")
        assert here.unreadable() == []
        page.locator("[data-by='type']").click()
        expect(page.locator("[data-statistics] tr[data-code='smoke']")).to_be_visible()
        page.locator("[data-by='area']").click()
        expect(page.locator("[data-statistics] tbody tr").first).to_be_visible()
        assert here.unreadable() == []
        page.locator("[data-exports] summary").click()
        with page.expect_download() as saved:
            page.locator("[data-exports] a[download]").first.click()
        assert saved.value.path().read_text("utf-8-sig").startswith("code,name,total")
        page.locator("[data-menu=registry]").click()
        page.locator("#menu-registry a[href='/monthly']").click()
        expect(page.locator("[data-part=grades]")).to_be_visible()
        page.locator("[data-month]").select_option(index=0)
        expect(page.locator("[data-part=kinds]")).to_contain_text(FIRE[locale])
        here.pictures(f"monthly-{locale}")
        assert here.unreadable() == []
        paper = page.request.get(city.url + str(page.locator("[data-paper]").get_attribute("href")))
        assert paper.ok and paper.body().startswith(b"%PDF-")
        (RESULTS / f"monthly-{locale}.pdf").write_bytes(paper.body())
        with page.expect_download() as saved:
            page.locator("[data-sheet]").click()
        assert f",{FIRE[locale]}," in saved.value.path().read_text("utf-8-sig")


def _fires(answer: dict[str, list[dict[str, object]]]) -> int:
    return sum(int(str(row["total"])) for row in answer["items"] if row["code"] == "fire")
