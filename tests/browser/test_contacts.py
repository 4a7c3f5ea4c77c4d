"""Contacts that can be reached, from a chair and from the telephone that got the link."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import asyncpg
from playwright.sync_api import Browser, expect

from browser.seat import VIEWS, seat
from support.platform import Platform
from zhigan.outlets.notify.reaching import digest
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.ids import mint
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings


async def _asked(city: Platform, number: str, dead: str) -> str:
    """One of them was asked and has the link; of the other the network says that there is no such number."""
    token, clock = secrets.token_urlsafe(16), SystemClock()
    async with database(Settings.load(city.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            await conn.execute(
                "insert into notify.proof (id, number, channel, provider, request, token, state, asked_at, expires_at, "
                "at) values ($1::uuid, $2, 'sms', 'aliyun', $3, $4, 'sent', $5, $6, $5)",
                mint(clock), number, token, digest(token), clock.now(), clock.now() + timedelta(days=14),
            )  # fmt: skip
            await conn.execute("update registry.contact set asked_at = $2 where number = $1", number, clock.now())
            await conn.execute(
                "update registry.contact set dead_at = $2, dead_why = 'MK:0001 空号' where number = $1",
                dead,
                clock.now(),
            )
        finally:
            await conn.close()
    return token


@VIEWS
def test_the_list_and_the_page_of_the_link(city: Platform, browser: Browser, locale: str, size: str) -> None:
    number = secrets.token_hex(3).upper()
    tail = f"{int(number, 16) % 10**8:08d}"
    asked, dead = f"139{tail}", f"137{tail}"
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("operator"))
        unit = page.request.post(
            "/api/v1/units", data={"code": f"C-{number}", "name": f"平安出租楼{number}", "premises": "crowded",
                                   "area_code": "360802"},
        ).json()  # fmt: skip
        for role, name, phone in (("tenant", "周租客", asked), ("landlord", "吴房东", dead),
                                  ("child_of_elderly", "郑小芳", f"136{tail}")):  # fmt: skip
            body = {"role": role, "name": f"{name}{number}", "phone": phone}
            assert page.request.post(f"/api/v1/units/{unit['id']}/contacts", data=body).ok
        with ThreadPoolExecutor(1) as aside:
            token = aside.submit(lambda: asyncio.run(_asked(city, asked, dead))).result()

        page.goto(f"/contacts?unit_id={unit['id']}")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.filter(has_text="吴房东").locator("[data-reach]")).to_have_text(here.say("reach.dead"))
        assert here.unreadable() == []
        here.pictures(f"contacts-{locale}-list")
        page.goto(f"/units/{unit['id']}")
        expect(page.locator("[data-contact]")).to_have_count(3)
        here.pictures(f"contacts-{locale}-unit")

        page.goto(f"/m/reach/{token}")
        expect(page.locator("[data-reach-page]")).to_contain_text(f"平安出租楼{number}")
        expect(page.locator("[data-reach-page]")).to_contain_text(here.say("contact.tenant"))
        assert here.unreadable() == []
        here.pictures(f"contacts-{locale}-link")
        page.locator("[data-not-mine]").click()
        expect(page.locator("[data-not-mine]")).to_have_text(here.say("m.reach.not.sure"))
        page.locator("[data-mine]").click()
        expect(page.locator("[data-proven]")).to_be_visible()
        here.pictures(f"contacts-{locale}-proven")
        page.goto("/m/reach/nobody-was-asked-by-it")
        expect(page.locator("[data-reach-page]")).to_contain_text(here.say("m.reach.gone"))

        page.goto(f"/contacts?unit_id={unit['id']}&state=reachable")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("周租客")
        page.goto(f"/contacts?unit_id={unit['id']}&state=due")
        rows.filter(has_text="郑小芳").locator("[data-verify]").click()
        page.locator("dialog button[type=submit]").click()
        expect(rows).to_have_count(0)
