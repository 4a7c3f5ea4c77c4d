"""Accounts, the second factor, the audit trail and the settings, from a chair."""

import base64
import csv
import io
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, THEMES, VIEWS, seat
from browser.words import say
from support.platform import Platform
from support.taken import unmarked
from zhigan.access import totp
from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.moments import SECOND

PASSWORD = "correct horse 119"


def _code(secret: str, step: int = 0) -> str:
    """As a phone's app computes it."""
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.hotp(raw, totp.step_at(SystemClock().micros() // SECOND) + step)


@VIEWS
def test_an_account_with_a_scope_is_made_enrols_and_stands_in_the_trail(
    city: Platform, browser: Browser, tmp_path: Path, locale: str, size: str
) -> None:
    name = f"jizhou-{secrets.token_hex(3)}"
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("security"))
        page.goto("/accounts")
        page.locator("a[href='/accounts/new']").click()
        form = page.locator("main form")
        form.locator("input[type=text]").first.fill(name)
        form.locator("select").first.select_option("unit")
        form.locator("input[type=password]").fill("short")
        form.locator("button[type=submit]").click()
        expect(form).to_contain_text(here.say("refusal.password.short", least=8))
        form.locator("input[type=password]").fill(PASSWORD)
        expect(form.locator("[data-must-change]")).to_be_checked()
        form.locator("[data-must-change]").uncheck()
        page.locator("[data-limited]").first.check()
        page.locator("label").filter(has_text="吉州区").first.locator("input").check()
        here.picture(f"office-account-new-{locale}")
        form.locator("button[type=submit]").click()
        expect(page.locator("[data-saved]")).to_contain_text(name)
        page.goto(f"/accounts?q={name}")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text("吉州区")
        here.picture(f"office-accounts-{locale}")

    with seat(browser, city.url, locale, size=size) as own:
        page = own.page
        own.sign_in(name, PASSWORD)
        page.goto("/me")
        page.locator("[data-factor] button").first.click()
        page.locator("dialog input[type=password]").fill(PASSWORD)
        page.locator("dialog button[type=submit]").click()
        secret = "".join((page.locator("[data-secret]").text_content() or "").split())
        own.picture(f"office-enrol-{locale}")
        page.locator("[data-factor] form input").fill("000000")
        page.locator("[data-factor] form button[type=submit]").click()
        expect(page.locator("[data-factor] form")).to_contain_text(own.say("refusal.factor.code_present"))
        page.locator("[data-factor] form input").fill(_code(secret))
        page.locator("[data-factor] form button[type=submit]").click()
        expect(page.locator("[data-recovery] li")).to_have_count(10)
        own.picture(f"office-codes-{locale}")

    with seat(browser, city.url, locale, size=size) as again:
        page = again.page
        page.goto("/login")
        page.locator("form input").nth(0).fill(name)
        page.locator("form input").nth(1).fill(PASSWORD)
        page.keyboard.press("Enter")
        code = page.locator("input[autocomplete=one-time-code]")
        expect(code).to_be_visible()
        code.fill(_code(secret, 1))  # the next step: the present one has opened the enrolment
        page.keyboard.press("Enter")
        expect(page.locator("[data-link]")).to_have_class("link live", timeout=PATIENCE_MS)

    with seat(browser, city.url, locale, size=size) as auditor:
        page = auditor.page
        auditor.sign_in(*city.account("auditor"))
        page.goto(f"/audit?name={name}")
        rows = page.locator("tbody tr")
        expect(rows.filter(has_text=auditor.say("act.factor.enrolled"))).to_have_count(1)
        expect(rows.filter(has_text=auditor.say("act.login.succeeded"))).to_have_count(2)
        auditor.picture(f"office-audit-{locale}")
        page.locator("[data-exports] summary").click()
        with page.expect_download() as saved:
            page.locator("[data-export]").click()
        saved.value.save_as(tmp_path / "audit.csv")
        lines = list(csv.DictReader(io.StringIO("\n".join(unmarked((tmp_path / "audit.csv").read_text("utf-8-sig"))))))
        assert {line["action"] for line in lines} == {"login.succeeded", "factor.enrolled"}
        assert {line["name"] for line in lines} == {name}
        page.goto(f"/audit?subject={name}&action=account")
        expect(page.locator("tbody tr")).to_contain_text([auditor.say("act.account.created")])


@pytest.mark.parametrize(("locale", "size", "role"), [
    ("zh", "1366x768", "inspector"), ("en", "1920x1080", "enforcer"),
])  # fmt: skip
def test_security_requires_two_factors_of_a_role_and_who_has_none_enrols_at_the_door(
    city: Platform, browser: Browser, locale: str, size: str, role: str
) -> None:
    person = city.account(role)
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("security"))
        page.goto("/settings/security")
        page.locator(f"[data-role={role}]").check()
        expect(page.locator("[data-waiting]")).to_contain_text(here.say("security.waiting", n=1))
        page.locator("form input[type=text]").nth(0).fill("3")
        page.locator("button[type=submit]").click()
        expect(page.locator("form")).to_contain_text(here.say("security.idle_minutes.bounds"))
        page.locator("form input[type=text]").nth(0).fill("720")
        page.locator("button[type=submit]").click()
        expect(page.locator("[data-saved]")).to_be_visible()
        here.picture(f"office-security-{locale}")
        try:
            with seat(browser, city.url, locale, size=size) as door:
                door.page.goto("/login")
                door.page.locator("form input").nth(0).fill(person[0])
                door.page.locator("form input").nth(1).fill(person[1])
                door.page.keyboard.press("Enter")
                secret = "".join((door.page.locator("[data-secret]").text_content() or "").split())
                door.picture(f"office-mustenrol-{locale}")
                door.page.locator("input[autocomplete=one-time-code]").fill(_code(secret))
                door.page.keyboard.press("Enter")
                expect(door.page.locator("dialog[open]")).to_be_visible()
                door.page.locator("dialog button[type=submit]").click()
                expect(door.page.locator("[data-link]")).to_have_class("link live", timeout=PATIENCE_MS)
        finally:
            page.locator(f"[data-role={role}]").uncheck()
            page.locator("button[type=submit]").click()
            expect(page.locator("[data-waiting]")).to_have_count(0)


@VIEWS
def test_the_platform_tells_how_it_does_and_help_is_one_key_away(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    other, nth = ("en", 1) if locale == "zh" else ("zh", 0)
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("admin"))
        page.goto("/settings/platform")
        for part in ("hot", "lane.urgent", "lane.bulk", "live", "partitions"):
            expect(page.locator(f"[data-part='{part}']")).to_have_attribute("data-state", "good", timeout=PATIENCE_MS)
        expect(page.locator("main")).to_contain_text(f"127.0.0.1:{city.port}")
        here.picture(f"office-platform-{locale}")
        page.keyboard.press("F1")
        expect(page.locator("[data-help] h1")).to_have_text(here.say("guide.title"))
        page.keyboard.press("Escape")
        expect(page.locator("[data-help]")).to_have_count(0)
        page.goto("/accounts")
        page.locator("input[type=search]").press_sequentially("a?")
        expect(page.locator("[data-help]")).to_have_count(0)
        page.locator("h1").click()
        page.keyboard.press("?")
        expect(page.locator("[data-help] [data-here]")).to_contain_text(here.say("guide.task.account"))
        here.picture(f"office-help-{locale}")
        page.locator("[data-help] a").click()
        expect(page.locator("main h1")).to_have_text(here.say("guide.title"))
        page.goto("/settings")
        page.locator("input[name=language]").nth(nth).check()
        expect(page.locator("main h1")).to_have_text(say(other, "settings.seat"))
        page.locator("input[name=theme]").nth(nth).check()
        kept = page.evaluate("[localStorage['zhigan.locale'], localStorage['zhigan.theme']]")
        assert kept == [other, THEMES[other]]
        here.picture(f"office-seat-{other}")
