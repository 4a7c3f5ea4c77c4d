"""A person and his phone: how he is told and what the law's floor keeps of it; a text message that signs in, a push
that wakes."""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.seat import Device, Seat, seat
from browser.test_phone import asks, enter, phone
from browser.test_phone_device import looked_at
from browser.ways import Told, told
from support.makers import Browser as Keys


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with told(tmp_path_factory.mktemp("told")) as up:
        yield up


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_persons_own_order_and_quiet_hours(browser: Browser, reached: Told, locale: str) -> None:
    city = reached.platform
    name, password = f"told-{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    with seat(browser, city.url, locale, size="phone") as held:
        page = held.page
        account = {"name": name, "role": "owner", "scope": "unit:NOWHERE", "password": password, "phone": "13900001192"}
        asks(city, page, "/accounts", account, role="admin")
        page.goto("/m/me/telling")
        enter(page, name, password)
        rows = page.locator("[data-ways] [data-way]")
        expect(rows.first).to_be_visible()
        ways = [each.get_attribute("data-way") for each in rows.all()]
        assert ways == ["sms", "app"], "what there is to choose"
        expect(page.locator("[data-save]")).to_be_disabled()
        looked_at(held, f"telling-{locale}")
        page.locator("input[name=quiet]").check()
        page.locator("input[name=from]").fill("20:00")
        page.locator("input[name=until]").fill("08:01")
        page.locator("[data-save]").click()
        expect(page.locator("[data-wrong]")).to_contain_text("12")
        expect(page.locator("input[name=until]")).to_have_attribute("aria-invalid", "true")
        looked_at(held, f"telling-refused-{locale}")
        page.locator("input[name=until]").fill("07:30")
        page.locator("[data-way=app] [data-step='-1']").press("Enter")
        expect(page.locator("[data-way=app] [data-step='1']")).to_be_focused()
        page.locator("[data-way=app] [role=switch]").uncheck()
        page.context.set_offline(True)
        page.locator("[data-save]").click()
        expect(page.locator("[role=alert]").last).to_contain_text(held.say("m.tell.unsent"))
        page.context.set_offline(False)
        page.locator("[data-save]").click()
        expect(page.locator("[data-telling] [role=status]")).to_contain_text(held.say("m.tell.saved"))
        page.reload()
        expect(page.locator("[data-way=app]")).to_have_attribute("data-on", "false")
        expect(page.locator("input[name=from]")).to_have_value("20:00")
        expect(page.locator("input[name=until]")).to_have_value("07:30")
        expect(rows.first).to_have_attribute("data-way", "app")
        floor = re.compile("(短信|SMS).+App")
        expect(page.locator("[data-loud]")).to_contain_text(floor)  # two kinds all the same
        looked_at(held, f"telling-kept-{locale}")


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_signing_in_by_a_text_message(browser: Browser, reached: Told, locale: str) -> None:
    """A wrong code, the right one; and on another telephone too many wrong ones, after which the right one is dead."""
    held_by, guessed = (f"139000{secrets.randbelow(10**5):05}" for _ in range(2))
    with seat(browser, reached.platform.url, locale, size="phone") as held:
        page = held.page
        for number in (held_by, guessed):
            account = {"name": f"home-{number}", "role": "owner", "scope": "unit:NOWHERE", "phone": number}
            asks(reached.platform, page, "/accounts", {**account, "password": secrets.token_urlsafe(12)}, role="admin")
        page.goto("/m/")
        page.locator("[data-bycode]").click()
        says = page.locator("[role=alert]")
        page.locator("input[name=phone]").fill("1390000")
        page.locator("[data-send]").click()
        expect(says).to_contain_text(held.say("m.login.badphone"))
        code = texted(page, reached, held_by, held)
        looked_at(held, f"login-code-{locale}")
        assert confirmed(page, other(code)) == 401
        expect(says).to_have_text(held.say("m.login.codewrong"))
        expect(page.locator("input[name=code]")).to_have_value("")
        looked_at(held, f"login-code-wrong-{locale}")
        assert confirmed(page, code) == 200
        expect(page.locator("[data-nav=home]")).to_be_visible()
        page.locator("[data-nav=me]").click()
        page.locator("[data-leave]").click()
        page.locator("[data-bycode]").click()
        code = texted(page, reached, guessed, held)
        assert [confirmed(page, other(code)) for _ in range(TRIES)] == [401] * TRIES
        expect(says).to_have_text(held.say("m.login.codewrong"))
        assert confirmed(page, code) == 429, "guessing is slowed, whoever guesses"
        expect(says).to_contain_text(held.begins("login.throttled"))
        expect(page.locator("button[type=submit]")).to_be_disabled()
        looked_at(held, f"login-code-slowed-{locale}")
        expect(page.locator("button[type=submit]")).to_be_enabled()
        assert confirmed(page, code) == 401, "the right one, after too many tries"
        expect(says).to_have_text(held.say("m.login.codewrong"))


TRIES = 5


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def texted(page: Page, reached: Told, number: str, held: Seat) -> str:
    """Asked for on the page, read on the telephone."""
    page.locator("input[name=phone]").fill(number)
    page.locator("[data-send]").click()
    expect(page.locator("form [role=status]")).to_have_text(held.say("m.login.sent"))
    expect(page.locator("input[name=code]")).to_be_focused()
    expect(page.locator("[data-send]")).to_be_disabled()  # one a minute
    return reached.phones.code_for(number, 0)


def confirmed(page: Page, code: str) -> int:
    page.locator("input[name=code]").fill(code)
    with page.expect_response("**/login/code/confirm") as answered:
        page.keyboard.press("Enter")
    if answered.value.status == 401:  # read by the page too, which waits for the next code
        expect(page.locator("input[name=code]")).to_have_value("")
        expect(page.locator("button[type=submit]")).to_be_enabled()
    return answered.value.status


def test_a_push_wakes_the_phone_and_leads_to_the_alarm(browser: Browser, reached: Told) -> None:
    """What the courier really seals is opened with the subscription's own keys, and given to the service worker as the
    browser gives it. Only the push service itself, which is another's, is played here."""
    city, keys = reached.platform, Keys()
    code = f"WP-{secrets.token_hex(4)}"
    address = f"7913{secrets.token_hex(4).upper()}"
    with seat(browser, city.url) as office:
        unit = asks(city, office.page, "/units", {
            "code": code, "name": "永叔路 12 号", "premises": "low_rise_residential", "area_code": "360802",
        })  # fmt: skip
        asks(city, office.page, "/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875",
            "address": address,
        })  # fmt: skip
    with phone(browser, city, "owner", f"unit:{code}") as held:
        page = held.page
        page.context.grant_permissions(["notifications"])
        page.locator("[data-nav=me]").click()
        page.locator("[data-push-on]").click()
        expect(page.locator("[data-push] [role=alert]")).to_have_text(held.say("push.unreached"))
        given = keys.subscription(f"{reached.push.url}/push/{code}")
        page.evaluate(SUBSCRIBES, given)
        page.locator("[data-push-on]").click()
        expect(page.locator("[data-push]")).to_contain_text(held.say("push.here"))
        looked_at(held, "push-on")
        page.locator("[data-nav=today]").click()
        expect(page.locator("[data-calm]")).to_be_visible()
        Device(address, city.gb26875_port).say(0x00010A)
        came = reached.push.next()
        assert came.path == f"/push/{code}" and came.headers["content-encoding"] == "aes128gcm"
        assert came.headers["urgency"] == "high" and came.headers["authorization"].startswith("vapid ")
        said = keys.opens(came.body)
        assert "永叔路 12 号" in said["title"] + said["body"] and said["grade"] == "II"
        for leak in ("永叔路", said["incident"]):
            assert leak.encode() not in came.body, "a push service reads nothing"
        deliver(page, city.url, json.dumps(said))
        shown = until_shown(page)
        assert (shown["title"], shown["body"]) == (said["title"], said["body"])
        [worker] = page.context.service_workers
        worker.evaluate(CLICK)
        expect(page).to_have_url(re.compile(f"/m/alarms/{said['incident']}$"))
        expect(page.locator("[data-alarm-page]")).to_contain_text("永叔路 12 号")
        assert page.evaluate(SOON, 0) == [], "what was opened is gone from the lock screen"
        page.goto("/m/me")
        page.locator("[data-push] .device button").click()
        expect(page.locator("[data-push-on]")).to_be_visible()


SUBSCRIBES = """given => {
    PushManager.prototype.subscribe = async () => ({ toJSON: () => given })
}"""
"""The browser's own push service is out of reach here; it gives an endpoint and keys like these."""
SOON = """async (wanted) => {
    const registration = await navigator.serviceWorker.getRegistration('/m/')
    for (let n = 0; n < 200; n += 1) {
        const shown = await registration.getNotifications()
        if (shown.length === wanted) return shown.map(({ title, body }) => ({ title, body }))
        await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return ['not so many']
}"""
"""The notifications that stand, once there are so many."""
CLICK = """async () => {
    const [notification] = await self.registration.getNotifications()
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
}"""


def deliver(page: Page, origin: str, data: str) -> None:
    """To the worker, by the browser's own hand."""
    tools = page.context.new_cdp_session(page)
    found: list[str] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda e: found.extend(
        each["registrationId"] for each in e["registrations"] if each["scopeURL"] == f"{origin}/m/"
    ))  # fmt: skip
    tools.send("ServiceWorker.enable")
    for _ in range(200):  # it is told of a little later
        if found:
            break
        page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 50))")
    assert found, "the worker is registered"
    tools.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": data})


def until_shown(page: Page) -> dict[str, Any]:
    [shown] = page.evaluate(SOON, 1)
    return shown
