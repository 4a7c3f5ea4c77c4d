"""A desk's shifts, from the lead's chair: made, laid out, looked at by keyboard, swapped; the header says who is on."""

import re
import secrets

import httpx
import pytest
from playwright.sync_api import Browser, expect

from browser.seat import seat
from support.platform import Platform

ZH = pytest.mark.parametrize(("locale", "size"), [("zh", "1366x768")])
EN = pytest.mark.parametrize(("locale", "size"), [("en", "1920x1080")])
"""Each page in both languages, for everybody who reads: test_every_page.py."""
PEOPLE = "甲乙丙丁戊己"


def staffed(city: Platform, scope: str) -> None:
    """Leads and duty officers of a county, in pairs."""
    name, password = city.account("admin")
    token = httpx.post(f"{city.url}/api/v1/login", json={"username": name, "password": password}).json()["token"]
    for n, each in enumerate(PEOPLE):
        lead = n % 2 == 0
        body = {
            "name": f"s{secrets.token_hex(4)}", "role": "lead" if lead else "duty", "scope": scope,
            "display_name": f"{'周' if lead else '吴'}{each}", "password": secrets.token_urlsafe(12),
        }  # fmt: skip
        head = {"Authorization": f"Bearer {token}"}
        assert httpx.post(f"{city.url}/api/v1/accounts", json=body, headers=head).status_code == 201


@ZH
def test_a_lead_lays_out_a_month(city: Platform, browser: Browser, locale: str, size: str) -> None:
    scope = {"zh": "area:360825", "en": "area:360826"}[locale]
    staffed(city, scope)
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("lead", scope))
        page.goto("/shifts")
        expect(page.locator("[data-none]")).to_be_visible()
        page.locator("[data-new]").click()
        dialog = page.locator("dialog[open]")
        dialog.locator("[data-field=name] input").fill("县监控中心")
        dialog.locator("[data-field=hours] select").select_option("12")
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-calendar]")).to_be_visible()
        page.locator("[data-lay]").click()
        for n in range(3):
            for person in PEOPLE[2 * n : 2 * n + 2]:
                dialog.locator(f"[data-team='{n + 1}'] label").filter(has_text=person).locator("input").check()
        here.picture(f"shifts-lay-{locale}")
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_have_count(0)
        today = page.locator("[data-calendar] tr.today")
        cell = today.locator("button").nth(1)
        cell.focus()
        page.keyboard.press("ArrowLeft")
        expect(today.locator("button").first).to_be_focused()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        dialog.locator("[data-add]").select_option(index=1)
        expect(dialog.locator("[data-duty]")).not_to_have_count(0)
        dialog.locator("[data-give]").first.click()
        here.picture(f"shifts-cell-{locale}")
        page.keyboard.press("Escape")
        page.locator("[data-absent]").click()
        dialog.locator("[data-field=account_id] select").select_option(index=1)
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-absence]")).to_be_visible()
        page.reload()
        expect(page.locator("[data-shift]")).to_be_visible()
        expect(page.locator("[data-sums] tbody tr")).not_to_have_count(0)
        here.picture(f"shifts-{locale}")


@EN
def test_one_leaves_and_another_takes_over(city: Platform, browser: Browser, locale: str, size: str) -> None:
    scope = {"zh": "area:360827", "en": "area:360828"}[locale]
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("lead", scope))
        made = page.request.post("/api/v1/shift-desks", data={"name": "县监控中心", "scope": scope})
        assert made.status == 201, made.text()
        page.goto("/handover")
        leave, take = page.locator("[data-leave]"), page.locator("[data-take]")
        leave.locator("textarea").fill("三楼东侧探测器待修")
        leave.locator("button[type=submit]").click()
        expect(page.locator("[data-left]")).to_be_visible()
        take.get_by_role("button").first.click()
        expect(take.locator("[data-tested]")).to_be_visible()
        take.locator("[data-here]").check()
        name, password = city.account("duty", scope)
        take.locator(".who input").nth(0).fill(name)
        take.locator(".who input").nth(1).fill(password)
        here.picture(f"handover-{locale}")
        take.locator("button[type=submit]").click()
        row = page.locator("[data-past] tbody tr").first
        expect(row).to_contain_text(name)
        expect(row).to_contain_text("三楼东侧探测器待修")
        here.picture(f"handover-done-{locale}")


@ZH
def test_the_books_of_a_desk(city: Platform, browser: Browser, locale: str, size: str) -> None:
    scope = {"zh": "area:360829", "en": "area:360830"}[locale]
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("lead", scope))
        made = page.request.post("/api/v1/shift-desks", data={"name": "县监控中心", "scope": scope})
        assert made.status == 201, made.text()
        page.goto("/duty-log")
        write = page.locator("[data-write]")
        write.locator("textarea").fill("接到某小区来电，询问烟感鸣叫")
        write.locator("button[type=submit]").click()
        page.locator("[data-line='1'] [data-correct]").click()
        write.locator("textarea").fill("来电为报修，已转维保")
        write.locator("button[type=submit]").click()
        expect(page.locator("[data-line='1']")).to_have_class("wrong")
        page.locator("[data-record]").click()
        dialog = page.locator("dialog[open]")
        dialog.locator("[data-field=reference] input").fill("rec-20261201-007")
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-recordings] li")).to_have_count(1)
        here.picture(f"dutylog-{locale}")
        page.goto("/register")
        page.locator("[data-today]").click()
        expect(page).to_have_url(re.compile("since="))
        here.picture(f"register-{locale}")


@EN
def test_the_month_of_routines(city: Platform, browser: Browser, locale: str, size: str) -> None:
    """A device is heard; a person fills in the test of its fire signal, with words."""
    scope = {"zh": "area:360822", "en": "area:360823"}[locale]
    address = {"zh": "01C0AB119A01", "en": "01C0AB119A02"}[locale]
    code = f"RT-{locale}"
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("operator", scope))
        unit = {
            "code": code,
            "name": "白鹭洲小学",
            "premises": "crowded",
            "area_code": scope[5:],
            "lon": 115,
            "lat": 27,
        }
        made = page.request.post("/api/v1/units", data=unit)
        assert made.status == 201, made.text()
        device = {"unit_id": made.json()["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875"}
        assert page.request.post("/api/v1/devices", data={**device, "address": address}).status == 201
        page.goto("/routines")
        row = page.locator(f"[data-unit='{code}']")
        expect(row).to_be_visible()
        row.locator("[data-write]").click()
        dialog = page.locator("dialog[open]")
        dialog.locator("textarea").fill("手报试验，信号 6 秒到中心")
        here.picture(f"routine-write-{locale}")
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_have_count(0)
        row.locator("[data-records]").click()
        expect(row).to_contain_text("手报试验")
        here.picture(f"routines-{locale}")
