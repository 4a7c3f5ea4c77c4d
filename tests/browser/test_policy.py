"""The security page: passwords, locks and how long logs are kept; what is too short is refused where it stands."""

from playwright.sync_api import Browser, expect

from browser.seat import VIEWS, seat
from support.platform import Platform


@VIEWS
def test_security_decides_what_is_kept_and_how_passwords_are(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        here.sign_in(*city.account("security"))
        page = here.page
        page.goto("/settings/security")
        expect(page.locator("[data-kept] tbody tr")).to_have_count(3)
        field = page.locator("[data-policy=audit_days] input")
        field.fill("90")
        page.locator("form button[type=submit]").click()
        expect(page.locator("[data-policy=audit_days] .error")).to_have_text(here.say("security.audit_days.bounds"))
        here.pictures(f"policy-{locale}-refused")
        assert here.unreadable() == []
        field.fill("720")
        page.locator("[data-policy=password_history] input").fill("3")
        page.locator("form button[type=submit]").click()
        expect(page.locator("[data-saved]")).to_be_visible()
        page.reload()
        expect(page.locator("[data-policy=audit_days] input")).to_have_value("720")
        page.goto("/audit?action=security")
        expect(page.get_by_role("row").filter(has_text="audit_days").first).to_be_visible()
