"""Another maker's platform is let in, its units are matched, and its fire is at the desk: as a person does it."""

import contextlib
import secrets
from datetime import timedelta

from playwright.sync_api import APIResponse, Browser, expect

from browser.seat import PATIENCE_MS, THEMES, VIEWS, Seat, seat
from support.above import Above, well
from support.platform import Platform
from zhigan.runtime.clock import SystemClock


class Maker:
    """The other platform: it knows an address and a secret."""

    def __init__(self, taken: Seat, slug: str, secret: str, city: Platform) -> None:
        self._request = taken.page.request
        self._url = f"{city.url}/api/v1/platforms/{slug}/push/"
        self._head = {"Authorization": f"Bearer {secret}"}

    def says(self, path: str, body: object) -> APIResponse:
        return self._request.post(self._url + path, data=body, headers=self._head)

    def tells(self, serial: str, status: int) -> APIResponse:
        when = (SystemClock().now() + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
        return self.says("status_info", {"company": "ABCD", "serial": serial, "status": status, "datetime": when})


def seen(taken: Seat, name: str, locale: str) -> None:
    taken.page.evaluate(f"document.documentElement.dataset.theme = '{THEMES[locale]}'")
    taken.pictures(f"platforms-{name}-{locale}")
    assert taken.unreadable() == []


@VIEWS
def test_a_maker_is_let_in_and_its_fire_is_at_the_desk(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    mark = secrets.token_hex(3)
    slug, name, unit = f"acme-{mark}", f"安美消防云{mark}", f"滨江花园{mark}"
    with seat(browser, city.url, locale, size=size) as office:
        office.sign_in(*city.account("admin"))
        page = office.page
        made = page.request.post(f"{city.url}/api/v1/units", data={
            "code": f"PF-{mark}", "name": unit, "premises": "high_rise_residential", "area_code": "360802",
        }, headers={"Origin": city.url})  # fmt: skip
        assert made.status == 201, made.text()
        page.locator("[data-menu=office]").click()
        page.locator("#menu-office a[href='/platforms']").click()
        page.locator("[data-new]").click()
        page.locator("[data-field=name] input, input[data-field=name]").last.fill(name)
        page.locator("[data-save]").click()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        seen(office, "form", locale)
        page.locator("[data-field=slug] input, input[data-field=slug]").last.fill(slug)
        page.locator("[data-save]").click()
        expect(page.locator("[data-secret]")).to_be_visible()
        secret = page.locator("[data-secret]").inner_text()
        seen(office, "secret", locale)
        page.locator("[data-close]").click()
        maker = Maker(office, slug, secret, city)
        installed = {"serial": f"S{mark}", "name": "客厅烟感", "categoryName": "感烟", "client": f"{unit}小区"}
        assert maker.says("Install_info", {**installed, "deviceAddress": "3栋1203室"}).json() == {"success": 1}
        assert maker.tells(f"S{mark}", 1).status == 200
        assert maker.tells("bad serial", 1).status == 400
        page.reload()
        expect(page.locator(f"[data-platform={slug}]")).to_contain_text(office.say("platforms.state.live"))
        seen(office, "list", locale)
        page.locator(f"[data-platform={slug}] a").click()
        row = page.locator(f"[data-unit-name='{unit}小区']")
        row.locator("input").fill(unit)
        row.get_by_role("option").first.click()
        seen(office, "units", locale)
        row.locator("[data-say]").click()
        expect(page.locator("[data-told]")).to_have_text(
            office.say("platforms.units.said", name=f"{unit}小区", n=1, bad=0)
        )
        page.locator("[data-tab=devices]").click()
        expect(page.locator("[data-devices] a")).to_have_text("客厅烟感")
        seen(office, "devices", locale)
        page.locator("[data-tab=days]").click()
        expect(page.locator("[data-days] tbody tr")).to_have_count(1)
        page.locator("[data-tab=gaps]").click()
        expect(page.get_by_text(office.say("platforms.gaps.none"))).to_be_visible()
        page.locator("[data-tab=refusals]").click()
        page.locator("[data-refusal] summary").click()
        expect(page.locator("[data-refusal] pre")).to_contain_text("bad serial")
        seen(office, "refusals", locale)
        assert maker.tells(f"S{mark}", 2).status == 200
        page.locator("nav a.entry[href='/duty']").click()
        expect(office.row_of(unit)).to_be_visible(timeout=PATIENCE_MS)


def test_who_may_not_change_it_sees_no_button(browser: Browser, city: Platform) -> None:
    with seat(browser, city.url) as desk:
        desk.sign_in(*city.account("duty"))
        desk.page.goto("/platforms")
        expect(desk.page.locator("main h1")).to_have_text(desk.say("nav.platforms"))
        expect(desk.page.locator("[data-new]")).to_have_count(0)


@VIEWS
def test_a_platform_above_is_told_and_what_fails_says_why(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    mark, above = secrets.token_hex(3), Above()
    above.manner = lambda got: (403, {}, {"success": 0, "msg": "who are you"})
    with contextlib.closing(above), seat(browser, city.url, locale, size=size) as office:
        office.sign_in(*city.account("admin"))
        page = office.page
        placed = {"code": f"UP-{mark}", "name": f"上报小学{mark}", "premises": "crowded", "area_code": "360803"}
        unit = page.request.post(f"{city.url}/api/v1/units", data=placed, headers={"Origin": city.url}).json()
        device = {"unit_id": unit["id"], "name": "装置", "type": "transmission_device", "gateway": "gb26875"}
        device["address"] = f"79{mark}0{mark[:3]}".upper()
        assert page.request.post(f"{city.url}/api/v1/devices", data=device, headers={"Origin": city.url}).status == 201
        page.goto("/platforms")
        page.locator("[data-way=out]").click()
        page.wait_for_url("**/platforms/upward")  # the page that is left has a button of the same name
        page.locator("[data-new]").click()
        page.locator("[data-field=name] input, input[data-field=name]").last.fill(f"省平台{mark}")
        page.locator("[data-save]").click()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        seen(office, "upward-form", locale)
        page.locator("[data-field=url] input, input[data-field=url]").last.fill(above.url)
        page.locator("[data-field=areas] input, input[data-field=areas]").last.fill("360803")
        page.locator("[data-save]").click()
        row = page.locator(f"[data-target='省平台{mark}']")
        expect(row).to_be_visible()
        row.locator("a").click()
        page.locator("[data-act=test]").click()
        page.locator("dialog [type=submit], [role=dialog] [type=submit]").click()
        expect(page.locator("[data-trial]")).to_contain_text("who are you")
        expect(page.locator("[data-state]")).to_have_text(office.say("upward.state.failing"), timeout=PATIENCE_MS)
        seen(office, "upward-one", locale)
        above.manner = well
        page.locator("[data-act=pause]").click()
        page.locator("dialog [type=submit], [role=dialog] [type=submit]").click()
        expect(page.locator("[data-state]")).to_have_text(office.say("upward.state.paused"))
        page.locator("[data-act=resume]").click()
        page.locator("dialog [type=submit], [role=dialog] [type=submit]").click()
        expect(page.locator("[data-act=pause]")).to_be_visible()
        page.locator("[data-act=replay]").click()
        expect(page.locator("[data-field=back]")).to_be_visible()
        page.keyboard.press("Escape")
        page.goto("/platforms/upward")
        expect(row).to_contain_text(office.say("upward.state.level"), timeout=PATIENCE_MS)
        assert any(record["client"] == f"上报小学{mark}" for record in above.of("/Install_info"))
        seen(office, "upward-list", locale)
