"""The escalation table, from an administrator's chair: a draft below the law's floor is refused, a lawful one is put in
force with a reason, found in the history, and taken back."""

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, VIEWS, Seat, seat
from support.platform import Platform


def version_of(here: Seat) -> int:
    return int("".join(c for c in here.page.locator("[data-inforce]").inner_text() if c.isdigit()))


@VIEWS
def test_a_draft_is_refused_mended_put_in_force_and_taken_back(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("admin"))
        page.goto("/settings/notification/escalation")
        expect(page.locator("[data-grade]")).to_have_count(4)
        first = version_of(here)
        here.picture(f"escalation-{locale}")
        page.keyboard.press("F1")
        expect(page.locator("[data-help] [data-here]")).to_contain_text(here.say("guide.task.escalate"))
        page.keyboard.press("Escape")

        page.locator("[data-begin]").click()
        site = page.locator("[data-grade=II] [data-row=site]")
        site.locator("[data-edit]").click()
        dialog = page.locator("dialog[open]")
        dialog.locator("[data-after] input").fill("two")
        dialog.locator("[data-keep]").click()
        expect(dialog).to_contain_text(here.say("esc.whole"))
        dialog.locator("[data-after] input").fill("2")
        dialog.locator("[data-after] select").select_option("m")
        here.picture(f"escalation-row-{locale}")
        dialog.locator("[data-keep]").click()
        faults = page.locator("[data-faults]")
        expect(faults).to_contain_text(here.say("part.control_room"))
        expect(faults).to_contain_text(here.say("refusal.escalation.floor"))
        expect(page.locator("[data-put]")).to_be_disabled()
        expect(site).to_have_attribute("data-kind", "changed")
        here.picture(f"escalation-refused-{locale}")

        page.reload()  # the draft is this browser's
        expect(faults).to_contain_text(here.say("refusal.escalation.floor"))
        site.locator("[data-edit]").click()
        dialog.locator("[data-after] input").fill("10")
        dialog.locator("[data-after] select").select_option("s")
        dialog.locator("[data-keep]").click()
        page.locator("[data-grade=III] [data-add]").click()
        dialog.locator("input[type=text]").first.fill("night2")
        dialog.locator("[data-whom] input[value=property]").check()
        dialog.locator("[data-only] input[value=night]").check()
        dialog.locator("[data-keep]").click()
        page.locator("[data-grade=IV] [data-row=reminder] [data-remove]").click()
        expect(page.locator("[data-grade=IV] [data-row=reminder][data-kind=removed]")).to_be_visible()
        expect(page.locator("[data-difference]")).to_have_count(3)
        expect(page.locator("[data-held]")).to_have_text(here.say("esc.good"))
        page.locator("[data-put]").click()
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_contain_text(here.say("esc.note.missing"))
        dialog.locator("input").fill("现场改为 10 秒后通知")
        here.picture(f"escalation-put-{locale}")
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-done]")).to_contain_text(here.say("esc.put.done", n=first + 1))
        expect(page.locator("[data-version]").first).to_contain_text("现场改为 10 秒后通知")

        page.locator(f"[data-version='{first}'] [data-see]").click()
        expect(page.locator("[data-difference]")).to_have_count(3)
        here.picture(f"escalation-history-{locale}")
        page.locator("[data-back]").click()
        page.locator(f"[data-version='{first}'] [data-take]").click()
        expect(page.locator("[data-held]")).to_have_text(here.say("esc.good"))
        page.locator("[data-put]").click()
        dialog.locator("input").fill("恢复原表")
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-done]")).to_contain_text(here.say("esc.put.done", n=first + 2))
        expect(page.locator("[data-grade=II] [data-row=site]")).to_contain_text(here.say("esc.at.once"))


@pytest.mark.parametrize("role", ["lead"])
def test_who_may_only_look_finds_no_way_to_change(city: Platform, browser: Browser, role: str) -> None:
    with seat(browser, city.url) as here:
        here.sign_in(*city.account(role))
        here.page.goto("/settings/notification/escalation")
        expect(here.page.locator("[data-grade]")).to_have_count(4, timeout=PATIENCE_MS)
        expect(here.page.locator("[data-begin]")).to_have_count(0)
        expect(here.page.locator("main")).to_contain_text(here.say("esc.readonly"))


@VIEWS
def test_a_draft_that_was_overtaken_is_held_against_what_is_in_force(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    name, password = city.account("admin")
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(name, password)
        page.goto("/settings/notification/escalation")
        page.locator("[data-begin]").click()
        page.locator("[data-grade=IV] [data-row=reminder] [data-remove]").click()
        expect(page.locator("[data-held]")).to_have_text(here.say("esc.good"))
        token = page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password}).json()[
            "token"
        ]
        headers = {"Authorization": f"Bearer {token}"}
        table = page.request.get(f"{city.url}/api/v1/notifications/escalation", headers=headers).json()
        other = {"base": table["version"], "note": "另一人先改", "rows": table["rows"]}
        made = page.request.post(f"{city.url}/api/v1/notifications/escalation", data=other, headers=headers)
        assert made.status == 201, made.text()
        page.locator("[data-put]").click()
        dialog = page.locator("dialog[open]")
        dialog.locator("input").fill("不催办")
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_contain_text(here.say("refusal.escalation.overtaken"))
        dialog.locator("button").first.click()
        expect(page.locator("[data-overtaken]")).to_contain_text("另一人先改")
        expect(page.locator("[data-difference]")).to_have_count(1)
        page.locator("[data-drop]").click()
        dialog.locator("button[type=submit]").click()
        expect(page.locator("[data-draft]")).to_have_count(0)
