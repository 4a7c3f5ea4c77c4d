"""Is it really alive? Detectors push through their carrier; list, coverage and the device's page tell how they do."""

import asyncio
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, expect

from browser.seat import CARRIER, Seat, seat
from support.carrier import smoke
from support.platform import Platform
from zhigan.desks.health.worker import Rounds
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

CLOCK = SystemClock()
NORMAL, TAMPER, TESTED = 7, 10, 14
WORDS = {
    "zh": {"late": "上报迟到", "low": "电量低", "tamper": "拆除", "weak": "信号弱", "past": "超期", "never": "从未上报",
           "left": "天", "key": "已设置密钥"},
    "en": {"late": "Late", "low": "Low battery", "tamper": "Taken down", "weak": "Weak signal", "past": "Past its life",
           "never": "Never seen", "left": "days", "key": "A key is set"},
}  # fmt: skip
DISCHARGE = """
update health.device h set battery_days = array(select $2::integer - 30 + n from generate_series(0, 30) n),
  battery_values = array(select (48 - n * 0.9)::real from generate_series(0, 30) n), battery_loss = 0.9,
  days_left = 12, days_least = 11, days_most = 14
from registry.device d where d.number = h.number and d.address = $1
"""


def _made(page: Page, path: str, body: dict[str, object]) -> Any:
    answer = page.request.post(f"/api/v1{path}", data=body)
    assert answer.ok, answer.text()
    return answer.json()


async def _round(city: Platform, worn: str) -> None:
    """What the web process does every minute, now; and a month of a battery, which no test waits for."""
    async with database(Settings.load(city.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            await Rounds().make(conn, CLOCK.now())
            await conn.execute(DISCHARGE, worn, CLOCK.now().date().toordinal() - 719_163)
        finally:
            await conn.close()


class Street:
    """A unit on a street of its own, with four detectors in flats."""

    def __init__(self, here: Seat, city: Platform, community: str) -> None:
        self._page, self._city = here.page, city
        self.mark = secrets.token_hex(3)
        unit = _made(here.page, "/units", {
            "code": f"HL-{self.mark}", "name": f"健康测试小区{self.mark}", "premises": "high_rise_residential",
            "area_code": "360802", "lon": 114.98, "lat": 27.11, "community": community,
        })  # fmt: skip
        self.unit = unit["id"]
        for name, made_on in (("worn", "2020-05-01"), ("taken", "2022-05-01"), ("old", "2012-05-01"), ("mute", "")):
            more = {"made_on": made_on} if made_on else {}
            _made(here.page, "/devices", {
                "unit_id": self.unit, "name": f"{name}{self.mark}", "type": "smoke", "gateway": "ctwing",
                "address": self.address(name), **more,
            })  # fmt: skip

    def address(self, name: str) -> str:
        return f"{name}-{self.mark}"

    def pushes(self) -> None:
        said = (("worn", NORMAL, 7, 90), ("taken", TAMPER, 80, 118), ("old", NORMAL, 96, 95), ("old", TESTED, 96, 95))
        for name, status, battery, rsrp in said:
            body = smoke(self.address(name), CLOCK.micros(), status, Battery_Level=battery, RSRP=rsrp)
            where = f"{self._city.url}/api/v1/ingest/ctwing?token={CARRIER}"
            assert self._page.request.post(where, data=body, headers={"Content-Type": "application/json"}).ok

    def judged(self) -> None:
        """The engine has heard them all; then they are looked at."""
        expect(self._page.locator("main")).to_be_visible()
        self._page.evaluate(HEARD, self.unit)
        with ThreadPoolExecutor(1) as aside:  # the browser's own loop runs in this thread
            aside.submit(lambda: asyncio.run(_round(self._city, self.address("worn")))).result()


HEARD = """async (unit) => {
  for (let turn = 0; turn < 300; turn++) {
    const { items } = await (await fetch(`/api/v1/devices?unit_id=${unit}`)).json();
    if (items.filter((each) => each.last_seen_at !== null).length === 3) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error('not all were heard');
}"""
"""Asks again until all three were heard."""


@pytest.mark.parametrize(("locale", "theme", "community"), [
    ("zh", "dark", "360802003005"), ("en", "light", "360802004003"),
])  # fmt: skip
def test_who_is_alive_is_seen_in_the_list_on_the_street_and_at_the_device(
    city: Platform, browser: Browser, locale: str, theme: str, community: str
) -> None:
    words = WORDS[locale]
    with seat(browser, city.url, locale, theme, "1366x768") as here:
        page = here.page
        here.sign_in(*city.account("operator"))
        street = Street(here, city, community)
        street.pushes()
        street.judged()
        page.goto(f"/device-health?unit_id={street.unit}")
        rows = page.locator("[data-health] tbody tr")
        expect(rows).to_have_count(4)
        for name, trouble in (
            ("worn", "low"),
            ("taken", "tamper"),
            ("taken", "weak"),
            ("old", "past"),
            ("mute", "never"),
        ):
            expect(rows.filter(has_text=f"{name}{street.mark}")).to_contain_text(words[trouble])
        expect(rows.filter(has_text=f"worn{street.mark}")).to_contain_text(words["left"])
        here.pictures(f"health-{locale}-list")
        assert here.unreadable() == []
        _export(page, street)
        _coverage(here, street, community, locale)
        page.goto(f"/device-health?unit_id={street.unit}&trouble=low_battery")
        expect(rows).to_have_count(1)
        rows.locator("a").click()
        panel = page.locator("[data-health]")
        expect(panel.locator("svg")).to_be_visible()
        expect(panel).to_contain_text(words["low"])
        panel.scroll_into_view_if_needed()
        here.pictures(f"health-{locale}-device")
        assert here.unreadable() == []


def _export(page: Page, street: Street) -> None:
    page.locator("[data-exports] summary").click()
    with page.expect_download() as saved:
        page.locator("a[download]").first.click()
    text = saved.value.path().read_text("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("name,type,gateway,unit")
    assert (
        len(lines) == 6 and lines[-1].startswith("# 导出 E") and f"worn{street.mark}" in text and "low_battery" in text
    )


def _coverage(here: Seat, street: Street, community: str, locale: str) -> None:
    """The street's line says what its four detectors are, and leads to them."""
    page = here.page
    page.goto("/device-health/coverage?by=community")
    name = page.request.get("/api/v1/device-health/coverage", params={"by": "community"}).json()["items"]
    (mine,) = (each for each in name if each["code"] == community)
    assert (mine["installed"], mine["never"], mine["past_life"]) == (4, 1, 1)
    row = page.locator("[data-coverage] tbody tr").filter(has_text=mine["name"])
    expect(row).to_be_visible()
    here.pictures(f"health-{locale}-coverage")
    assert here.unreadable() == []
    page.locator("[data-exports] summary").click()
    with page.expect_download() as saved:
        page.locator("a[download]").first.click()
    assert f"{mine['name']},{community},4," in saved.value.path().read_text("utf-8-sig")
    row.locator("button").first.click()
    expect(page.locator("[data-health] tbody tr")).to_have_count(4)
    expect(page.locator("[data-health]")).to_contain_text(f"taken{street.mark}")


def test_a_devices_key_is_shown_once_and_taken_back(city: Platform, browser: Browser) -> None:
    with seat(browser, city.url, "zh", "dark", "1366x768") as here:
        page = here.page
        here.sign_in(*city.account("operator"))
        mark = secrets.token_hex(3)
        unit = _made(page, "/units", {
            "code": f"KEY-{mark}", "name": f"密钥测试小区{mark}", "premises": "crowded", "area_code": "360802",
            "lon": 114.98, "lat": 27.11,
        })  # fmt: skip
        device = _made(page, "/devices", {
            "unit_id": unit["id"], "name": "感烟", "type": "smoke", "gateway": "lwm2m", "address": f"urn:imei:{mark}",
        })  # fmt: skip
        page.goto(f"/devices/{device['id']}")
        panel = page.locator("[data-key]")
        expect(panel.locator("[data-key-state]")).to_contain_text(f"urn:imei:{mark}")
        panel.locator("button").first.click()
        page.locator("dialog input").fill("short")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("dialog .error")).to_contain_text("8 至 64")
        here.picture("key-zh-form")
        assert here.unreadable() == []
        page.locator("dialog input").fill("")
        page.locator("dialog button[type=submit]").click()
        shown = page.locator("[data-made-key]")
        expect(shown).to_have_text(re.compile("^[0-9a-f]{32}$"))
        key = shown.text_content() or ""
        here.picture("key-zh-shown")
        assert here.unreadable() == []
        page.locator("dialog button[type=submit]").click()
        expect(shown).to_have_count(0)
        expect(panel.locator("[data-key-state]")).to_contain_text(WORDS["zh"]["key"])
        panel.scroll_into_view_if_needed()
        here.picture("key-zh-set")
        assert key not in page.content()
        panel.locator("button").nth(1).click()
        page.locator("dialog button[type=submit]").click()
        expect(panel.locator("button")).to_have_count(1)
