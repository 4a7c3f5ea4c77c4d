"""The policy, from two chairs: one writes a draft and is told what is wrong with it, another puts it in force."""

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, VIEWS, seat
from support.platform import Platform


@VIEWS
def test_one_writes_a_draft_and_another_puts_it_in_force(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    wanted, until = {"zh": ("12", "120"), "en": ("13", "110")}[locale]
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("admin"))
        page.goto("/settings/policy")
        expect(page.locator("[data-inforce]")).to_be_visible()
        here.picture(f"policies-{locale}")
        page.locator("[data-begin]").click()
        limit = page.locator("[data-limit='battery/low_battery'] [data-at]")
        limit.fill(wanted)
        back = page.locator("[data-limit='battery/low_battery'] input").nth(1)
        back.fill("-1")
        page.locator("[data-keep]").click()
        expect(page.locator("[data-wrong]")).to_contain_text(here.say("policy.part.limits"))
        expect(page.locator("[data-wrong]")).to_contain_text(here.say("refusal.policy.negative"))
        back.fill("5")
        county = page.locator("[data-handler=II] [data-level=county_s]")
        county.fill("50")
        page.locator("[data-keep]").click()
        wrong = here.say("refusal.policy.seconds", least=60, most=180)
        expect(page.locator("[data-handler=II] .error")).to_have_text(wrong)
        page.locator("[data-part=first_handler]").scroll_into_view_if_needed()
        here.picture(f"policy-handler-refused-{locale}")
        assert here.unreadable() == []
        county.fill(until)
        causes = page.locator("[data-at-once]")
        causes.fill("h6、d9 F1")
        page.locator("[data-keep]").click()
        wrong = here.say("refusal.policy.cause", name="F1")
        expect(page.locator("[data-part=repeats] .error")).to_have_text(wrong)
        page.locator("[data-part=repeats]").scroll_into_view_if_needed()
        here.picture(f"policy-repeats-{locale}")
        causes.fill("H6 D9")
        page.locator("[data-keep]").click()
        expect(page.locator("[data-saved]")).to_be_visible()
        expect(page.locator("[data-differences] tr[data-path$='/at']")).to_contain_text(wanted)
        row = page.locator("[data-differences] tr[data-path='first_handler/II/county_s']")
        expect(row).to_contain_text(until)
        expect(page.locator("[data-second]")).to_be_visible()
        here.picture(f"policy-draft-{locale}")
        page.locator("[data-try]").click()
        expect(page.locator("[data-trial-state=done]")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("[data-said]")).to_be_visible()
        page.locator("[data-trial]").scroll_into_view_if_needed()
        here.picture(f"policy-trial-{locale}")
        address = page.url
    with seat(browser, city.url, locale, size=size) as other:
        other.sign_in(*city.account("lead"))
        other.page.goto(address)
        other.page.locator("[data-activate]").click()
        dialog = other.page.locator("dialog[open]")
        other.picture(f"policy-activate-{locale}")
        dialog.locator("button[type=submit]").click()
        expect(other.page.locator("[data-state=active]")).to_be_visible()
        other.page.goto("/settings/policy")
        expect(other.page.locator("[data-state=active]")).to_have_count(1)
        other.page.locator("[data-back]").first.click()
        expect(other.page.locator("[data-state=draft]")).to_be_visible()
        other.page.locator("[data-discard]").click()
        other.page.locator("dialog[open] button[type=submit]").click()
        expect(other.page.locator("[data-inforce]")).to_be_visible()


@VIEWS
def test_a_district_drafts_for_itself_alone_and_the_city_puts_it_in_force(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    code = {"zh": "360881", "en": "360830"}[locale]
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("lead", f"area:{code}"))
        page.goto("/settings/policy")
        expect(page.locator("[data-own]")).to_be_visible()
        page.locator("[data-begin]").click()
        page.locator(f"[data-add='{code}']").click()
        expect(page.locator("[data-part=rules] input, [data-part=limits] input")).to_have_count(0)
        limit = page.locator(f"[data-district='{code}'] input[aria-label='gas/gas_low']")
        limit.fill("40")
        limit.blur()
        page.locator("[data-keep]").click()
        wrong = here.say("refusal.policy.district_limit", least=15, most=25)
        expect(page.locator("[data-wrong]")).to_contain_text(wrong)
        here.picture(f"policy-district-refused-{locale}")
        limit.fill("20")
        limit.blur()
        page.locator("[data-keep]").click()
        expect(page.locator("[data-saved]")).to_be_visible()
        expect(page.locator("[data-activate]")).to_have_count(0)
        page.locator("[data-part=districts]").scroll_into_view_if_needed()
        here.picture(f"policy-district-{locale}")
        assert here.unreadable() == []
        address = page.url
    with seat(browser, city.url, locale, size=size) as other:
        other.sign_in(*city.account("lead"))
        other.page.goto("/settings/policy")
        expect(other.page.locator("[data-state=draft] [data-areas]")).to_contain_text(code)
        other.picture(f"policies-district-{locale}")
        other.page.goto(address)
        other.page.locator("[data-activate]").click()
        other.page.locator("dialog[open] button[type=submit]").click()
        expect(other.page.locator("[data-state=active]")).to_be_visible()
