"""On site with the phone: the plan of what burns, arrived, why it was none; a self-test; an app on the home screen."""

import re
import secrets

from playwright.sync_api import APIResponse, Browser, Page, expect

from browser.seat import Device, seat
from browser.test_phone import PNG, enter, first_alarm, phone, read
from support.platform import Platform

POINT = 0x00010A


def head(city: Platform, page: Page, role: str = "operator") -> dict[str, str]:
    name, password = city.account(role)
    entered = page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
    page.context.clear_cookies()
    return {"Authorization": f"Bearer {entered.json()['token']}"}


def made(answer: APIResponse) -> str:
    assert answer.ok, answer.text()
    return str(answer.json()["id"])


def house(browser: Browser, city: Platform) -> tuple[str, Device]:
    """A unit whose third floor has a plan with one detector on it; its code and its transmission device."""
    address = f"7912{secrets.token_hex(4).upper()}"
    with seat(browser, city.url) as office:
        request, who, api = office.page.request, head(city, office.page), f"{city.url}/api/v1"
        unit = made(request.post(f"{api}/units", headers=who, data={
            "code": f"OS-{address}", "name": "白鹭洲书院", "premises": "crowded", "area_code": "360802",
            "lon": 114.99, "lat": 27.12,
        }))  # fmt: skip
        building = made(request.post(f"{api}/units/{unit}/buildings", headers=who, data={"code": "1", "name": "讲堂"}))
        common = {"unit_id": unit, "building_id": building, "gateway": "gb26875"}
        made(request.post(f"{api}/devices", headers=who, data={
            **common, "name": "传输装置", "type": "transmission_device", "address": address,
        }))  # fmt: skip
        head_ = made(request.post(f"{api}/devices", headers=who, data={
            **common, "name": "三层感烟", "type": "smoke", "address": f"{address}/1.1.40.{POINT}", "floor": "3F",
        }))  # fmt: skip
        file = {"name": "三层.png", "mimeType": "image/png", "buffer": PNG}
        made(request.post(f"{api}/buildings/{building}/plans?floor=3F", headers=who, multipart={"file": file}))
        spot = request.put(f"{api}/devices/{head_}/spot", headers=who, data={"floor": "3F", "x": 0.4, "y": 0.6})
        assert spot.ok, spot.text()
    return f"OS-{address}", Device(address, city.gb26875_port)


def test_on_site_by_the_plan_and_no_fire_with_its_cause(browser: Browser, city: Platform) -> None:
    code, device = house(browser, city)
    with seat(browser, city.url) as desk, phone(browser, city, "property", f"unit:{code}") as held:
        desk.sign_in(*city.account("duty"))
        device.say(POINT)
        page = held.page
        incident = first_alarm(page)
        plan = page.locator("[data-alarm-plan]")
        expect(plan).to_contain_text("3F")
        expect(plan.get_by_role("link", name=re.compile("首报"))).to_be_visible()
        plan.scroll_into_view_if_needed()
        read(held, "plan")
        for answer in ("acknowledged", "on_the_way", "arrived"):
            page.locator(f"[data-answer-bar] [data-say={answer}]").click()
        page.locator("[data-ask=no_fire]").click()
        send = page.locator("dialog [data-say=no_fire]")
        expect(send).to_be_disabled()
        page.locator("dialog input[value=U1]").check()
        page.locator("dialog textarea").fill("厨房油烟，已开窗")
        send.click()
        desk.row_of("白鹭洲书院").click()
        said = desk.shown().locator("[data-answer=no_fire]")
        expect(said).to_contain_text("厨房油烟，已开窗")
        expect(page.locator("[data-waiting]")).to_have_count(0)
        told = page.evaluate(f"fetch('/api/v1/incidents/{incident}/responses').then((a) => a.json())")["items"]
        assert [(each["kind"], each.get("cause")) for each in told][-1] == ("no_fire", "U1")
        assert [each["kind"] for each in told] == ["acknowledged", "on_the_way", "arrived", "no_fire"]


def test_an_owner_lets_a_device_test_itself(browser: Browser, city: Platform) -> None:
    code, _ = house(browser, city)
    with phone(browser, city, "owner", f"unit:{code}", locale="en") as held:
        page = held.page
        page.locator("[data-nav=home]").click()
        page.locator("[data-device]").filter(has_text="三层感烟").get_by_role("button").click()
        page.locator("[data-selftest]").click()
        expect(page.locator("[data-ordered], dialog [role=alert]").first).to_be_visible()
        read(held, "selftest")


def test_the_app_can_be_put_on_the_home_screen(browser: Browser, city: Platform) -> None:
    """By the browser's own measure: it finds nothing that hinders the installation."""
    with seat(browser, city.url, size="phone") as held:
        page = held.page
        page.goto("/m/")
        enter(page, *city.account("owner"))
        expect(page.locator("[data-opens-offline=true]")).to_be_visible()
        tools = page.context.new_cdp_session(page)
        manifest = tools.send("Page.getAppManifest")
        assert manifest["errors"] == [] and manifest["url"].endswith("/m/manifest.webmanifest")
        hindered = {each["errorId"] for each in tools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
        assert hindered <= {"in-incognito"}, "a test's own window is a private one"
        page.locator("[data-nav=me]").click()
        page.evaluate(OFFER)
        page.locator("[data-install]").click()
        assert page.evaluate("window.prompted") is True
        expect(page.locator("[data-install]")).to_have_count(0)
        expect(page).to_have_url(re.compile("/m/me"))


OFFER = """() => {
    const offer = new Event('beforeinstallprompt', { cancelable: true });
    offer.prompt = async () => { window.prompted = true; };
    window.dispatchEvent(offer);
}"""
"""As the browser offers it; headless it never does by itself."""
