"""A desk whose browser has no Mandarin voice hears the platform's own: what burns, and where."""

import secrets

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, Device, seat
from support.platform import Platform


def test_a_fire_is_spoken_by_the_platform_where_the_browser_cannot(city: Platform, browser: Browser) -> None:
    with seat(browser, city.url) as here:
        page = here.page
        page.add_init_script("speechSynthesis.getVoices = () => []")
        here.sign_in(*city.account("duty"))
        page.locator("h1, main").first.click()  # a browser sounds only after somebody has touched the page
        with page.expect_response(lambda r: r.url.endswith("/speech.wav?audience=desk"), timeout=PATIENCE_MS) as said:
            Device(f"7A17{secrets.token_hex(4).upper()}", city.gb26875_port).say(0x00010A)
        assert said.value.status == 200 and said.value.headers["content-type"].startswith("audio/wav")
        expect(here.rows().first).to_be_visible()
