"""The incident page from the chair: what its detector did before, a photo that hangs on it, the printed report."""

import secrets

from playwright.sync_api import Browser, Page, expect

from browser.seat import Device, seat
from support.platform import Platform

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


def _post(city: Platform, page: Page, token: str, path: str, body: dict[str, object]) -> dict[str, str]:
    answer = page.request.post(f"{city.url}/api/v1{path}", data=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.ok, answer.text()
    return answer.json()


def test_photo_past_and_report_of_an_incident(browser: Browser, city: Platform) -> None:
    with seat(browser, city.url) as here:
        name, password = city.account("operator")
        token = _post(city, here.page, "", "/login", {"username": name, "password": password})["token"]
        here.page.context.clear_cookies()
        address = f"7904{secrets.token_hex(4).upper()}"
        unit = _post(city, here.page, token, "/units", {
            "code": f"PAGE-{address}", "name": "文山路测试商场", "premises": "crowded", "area_code": "360802",
            "lon": 114.98, "lat": 27.11,
        })  # fmt: skip
        _post(city, here.page, token, "/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875",
            "address": address,
        })  # fmt: skip
        here.sign_in(*city.account("duty"))
        Device(address, city.gb26875_port).say(0x00010A)
        row = here.row_of("文山路测试商场")
        expect(row).to_have_count(1)
        row.click()
        page = here.page
        expect(page.locator("[data-past] article")).to_have_count(1)
        expect(page.locator("[data-past]")).to_contain_text("0 起")
        page.locator("[data-files] input[type=file]").set_input_files(
            [{"name": "走廊.png", "mimeType": "image/png", "buffer": PNG},
             {"name": "坏.jpg", "mimeType": "image/jpeg", "buffer": b"<script>"}]
        )  # fmt: skip
        expect(page.locator("[data-files-said]")).to_contain_text("已添加 走廊.png")
        expect(page.locator("[data-files-said]")).to_contain_text("坏.jpg 没有上传")
        expect(page.locator("[data-files] img")).to_have_count(1)
        page.wait_for_function("() => document.querySelector('[data-files] img').naturalWidth === 1")
        expect(page.locator("[data-what=attached]")).to_contain_text("走廊.png")
        printed = page.request.get(f"{city.url}{page.locator('[data-print]').get_attribute('href')}")
        assert printed.ok and printed.body().startswith(b"%PDF-")
        here.pictures("incident-page")
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        here.picture("incident-page-light")
        page.locator("[data-files]").scroll_into_view_if_needed()
        here.picture("incident-files-light")
        assert here.unreadable() == []
