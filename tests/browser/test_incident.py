"""The incident page from the chair: what its detector did before, a photo that hangs on it, the printed report."""

import secrets

from playwright.sync_api import Browser, Page, expect

from browser.seat import VIEWS, Device, seat
from support.platform import Platform

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


def _post(city: Platform, page: Page, token: str, path: str, body: dict[str, object]) -> dict[str, str]:
    answer = page.request.post(f"{city.url}/api/v1{path}", data=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.ok, answer.text()
    return answer.json()


@VIEWS
def test_photo_past_and_report_of_an_incident(browser: Browser, city: Platform, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        name, password = city.account("operator")
        token = _post(city, here.page, "", "/login", {"username": name, "password": password})["token"]
        here.page.context.clear_cookies()
        address = f"7904{secrets.token_hex(4).upper()}"
        unit = _post(city, here.page, token, "/units", {
            "code": f"PAGE-{address}", "name": f"文山路测试商场{address}", "premises": "crowded", "area_code": "360802",
            "lon": 114.98, "lat": 27.11,
        })  # fmt: skip
        _post(city, here.page, token, "/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875",
            "address": address,
        })  # fmt: skip
        here.sign_in(*city.account("duty"))
        Device(address, city.gb26875_port).say(0x00010A)
        row = here.row_of(address)
        expect(row).to_have_count(1)
        row.click()
        page = here.page
        expect(page.locator("[data-past] article")).to_have_count(1)
        expect(page.locator("[data-past]")).to_contain_text(here.say("past.count", n=0, f=0))
        page.locator("[data-files] input[type=file]").set_input_files(
            [{"name": "走廊.png", "mimeType": "image/png", "buffer": PNG},
             {"name": "坏.jpg", "mimeType": "image/jpeg", "buffer": b"<script>"}]
        )  # fmt: skip
        expect(page.locator("[data-files-said]")).to_contain_text(here.say("files.done", name="走廊.png"))
        expect(page.locator("[data-files-said]")).to_contain_text(here.begins("files.refused", name="坏.jpg"))
        expect(page.locator("[data-files] img")).to_have_count(1)
        page.wait_for_function("() => document.querySelector('[data-files] img').naturalWidth === 1")
        expect(page.locator("[data-what=attached]")).to_contain_text("走廊.png")
        printed = page.request.get(f"{city.url}{page.locator('[data-print]').get_attribute('href')}")
        assert printed.ok and printed.body().startswith(b"%PDF-")
        here.pictures(f"incident-page-{locale}")
        page.locator("[data-files]").scroll_into_view_if_needed()
        here.picture(f"incident-files-{locale}")
        assert here.unreadable() == []
