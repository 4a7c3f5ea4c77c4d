"""A partner is made, told of a fire, and its failures are seen: as a person at the desk does it."""

import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, THEMES, VIEWS, Device, Seat, seat
from support.platform import Platform

PATIENCE_S = 30.0


class Hook(ThreadingHTTPServer):
    """Somebody else's receiver: it answers what it is told to."""

    says = 204
    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Hook)
        self.server.got.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(self.server.says)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def hook() -> Generator[Hook]:
    made = Hook()
    serving = threading.Thread(target=made.serve_forever, daemon=True)
    serving.start()
    yield made
    made.shutdown()
    serving.join()
    made.server_close()


def kept(office: Seat, city: Platform) -> None:
    """Until a message was taken, and stands in the record of the partner that is on the page."""
    partner = office.page.url.rstrip("/").rpartition("/partners/")[2].partition("/")[0]
    asked, ends = f"{city.url}/api/v1/partners/{partner}/deliveries?ok=true", time.monotonic() + PATIENCE_S
    while not office.page.request.get(asked).json()["items"]:
        assert time.monotonic() < ends, "nothing was told"


def seen(taken: Seat, name: str, locale: str) -> None:
    taken.page.evaluate(f"document.documentElement.dataset.theme = '{THEMES[locale]}'")
    taken.pictures(f"partners-{name}-{locale}")
    assert taken.unreadable() == []


def reports(city: Platform, who: tuple[str, str], unit: str) -> None:
    """As the partner's own system does it: a hazard, one of a place that nobody knows, one without a kind."""
    good = {"kind": "hazard", "category": "wiring", "words": "楼道飞线充电，烧焦味", "unit": unit, "place": "2单元5层"}
    said: list[tuple[dict[str, str], int]] = [
        ({"external_id": "ZZ-1"}, 201), ({"external_id": "ZZ-2", "unit": "?"}, 400),
        ({"external_id": "ZZ-3", "kind": ""}, 400),
    ]  # fmt: skip
    with httpx.Client(base_url=f"{city.url}/api/v1") as machine:
        entered = machine.post("/login", json={"username": who[0], "password": who[1]})
        head = {"Authorization": f"Bearer {entered.json()['token']}"}
        for more, status in said:
            answer = machine.post("/reports", json={**good, **more}, headers=head)
            assert answer.status_code == status, answer.text


@VIEWS
def test_a_partner_is_made_and_told(browser: Browser, city: Platform, locale: str, size: str) -> None:
    mark = secrets.token_hex(3)
    name, unit, address = f"智慧吉安大数据中心{mark}", f"滨江小学{mark}", f"7806{secrets.token_hex(4).upper()}"
    with hook() as receiver, seat(browser, city.url, locale, size=size) as office:
        office.sign_in(*city.account("admin"))
        page = office.page
        head = {"Origin": city.url}
        made = page.request.post(f"{city.url}/api/v1/units", data={
            "code": f"PA-{mark}", "name": unit, "premises": "crowded", "area_code": "360802",
        }, headers=head)  # fmt: skip
        assert made.status == 201, made.text()
        device = {"unit_id": made.json()["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875"}
        assert page.request.post(f"{city.url}/api/v1/devices", data={**device, "address": address}, headers=head).ok
        page.locator("[data-menu=office]").click()
        page.locator("#menu-office a[href='/partners']").click()
        page.locator("[data-new]").click()
        page.locator("[data-field=name] input").fill(name)
        page.locator("[data-save]").click()
        expect(page.locator("[data-field=account] [aria-invalid=true]")).to_be_visible()
        page.locator("[data-field=account] input").fill(f"data-{mark}")
        page.locator("[data-field=scope] input").fill("area:360802")
        password = secrets.token_urlsafe(18)
        page.locator("[data-field=password] input").fill(password)
        seen(office, "form", locale)
        page.locator("[data-save]").click()
        expect(page.locator("h1")).to_contain_text(name)
        page.locator("[data-subscribe]").click()
        page.locator("[data-field=name] input").fill("警情推送")
        page.locator("[data-field=url] input").fill("http://10.0.0.7/hook")
        page.locator("[data-save-sub]").click()
        expect(page.locator("[data-field=url] [aria-invalid=true]")).to_be_visible()
        seen(office, "subscription", locale)
        page.locator("[data-field=url] input").fill(receiver.url)
        page.locator("[data-save-sub]").click()
        expect(page.locator("[data-secret]")).to_contain_text("whsec_")
        page.locator("[data-close]").click()
        receiver.says = 500
        page.locator("[data-test]").click()
        expect(page.locator("[data-tried]")).to_contain_text("500")
        receiver.says = 204
        Device(address, city.gb26875_port).say(0x00010A, text="三层东走廊 13800138000")
        kept(office, city)
        page.locator("[data-tab=deliveries]").click()
        row = page.locator("[data-deliveries] tr[data-ok=true]").first
        page.locator("input[type=search]").fill(unit)
        expect(row).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("[data-day]")).not_to_contain_text(office.say("partners.day.words", ok="0"))
        seen(office, "deliveries", locale)
        row.locator("[data-open]").click()
        wire = page.locator("[data-wire]")
        expect(wire).to_contain_text("cn.zhigan119.incident.")
        expect(wire).not_to_contain_text("13800138000")
        seen(office, "wire", locale)
        page.keyboard.press("Escape")
        reports(city, (f"data-{mark}", password), f"PA-{mark}")
        page.locator("[data-tab=reports]").click()
        expect(page.locator("[data-partner-reports]")).to_contain_text("楼道飞线充电")
        page.locator("[data-partner-refusal] summary").first.click()
        seen(office, "reports", locale)
        page.locator("[data-tab=subscriptions]").click()
        page.locator("[data-replay]").click()
        page.get_by_role("dialog").locator("button[type=submit]").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.locator("[data-pause]").click()
        page.get_by_role("dialog").locator("button[type=submit]").click()
        expect(page.locator("[data-state]")).to_have_text(office.say("partners.state.paused"))
        expect(page.locator("[data-sub-state]")).to_have_text(office.say("partners.sub.stopped"))
        seen(office, "page", locale)
        page.goto("/partners")
        expect(page.locator(f"[data-partner='{name}']")).to_contain_text(office.say("partners.state.paused"))
        seen(office, "list", locale)
