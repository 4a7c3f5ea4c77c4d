"""A work order from the fault to its acceptance: given out at a seat, done in the street, seen by another person."""

import secrets
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from browser.seat import FAULT, PATIENCE_MS, VIEWS, Device, Seat, seat
from browser.test_phone import PNG, phone, read, works_in_a_cellar
from browser.test_phone_on_site import head, made
from browser.words import say
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

POINT = 0x00010C


def faulty(page: Page, city: Platform) -> tuple[str, str]:
    """A unit with a maintenance firm, one of whose detectors is faulty: its name, and the firm's code."""
    mark = secrets.token_hex(3).upper()
    firm, address = f"F-{mark}", f"7914{mark}00"
    who, api = head(city, page), f"{city.url}/api/v1"

    def post(path: str, **data: object) -> str:
        return made(page.request.post(f"{api}{path}", headers=who, data=data))

    post("/organisations", kind="firm", code=firm, name=f"赣安维保{mark}", area_code="360802")
    unit = post(
        "/units", code=f"WO-{mark}", name=f"阳明书院{mark}", premises="crowded", area_code="360802", lon=114.99,
        lat=27.12, firm=firm,
    )  # fmt: skip
    common = {"unit_id": unit, "gateway": "gb26875"}
    post("/devices", **common, name="传输装置", type="transmission_device", address=address)
    post("/devices", **common, name="二层感烟", type="smoke", address=f"{address}/1.1.40.{POINT}", floor="2F")
    Device(address, city.gb26875_port).say(POINT, FAULT)
    return f"阳明书院{mark}", firm


def open_list(office: Seat, name: str) -> None:
    office.page.locator("nav a[href='/orders']").click()
    office.page.locator("header input[type=search]").fill(name)
    expect(office.page.locator("[data-work] tbody tr")).to_have_count(1)


@VIEWS
def test_a_fault_is_given_to_somebody_and_is_late_in_sight(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as office:
        name, firm = faulty(office.page, city)
        mender = city.account("maintainer", f"firm:{firm}")[0]
        office.sign_in(*city.account("lead"))
        open_list(office, name)
        row = office.page.locator("[data-work] tbody tr")
        expect(row).to_contain_text("赣安维保")
        row.locator("input[type=checkbox]").check()
        office.page.locator("[data-assign]").click()
        dialog = office.page.locator("[data-assign-dialog]")
        dialog.locator("select[name=owner] option", has_text=mender).wait_for(state="attached")
        choice = dialog.locator("select[name=owner] option", has_text=mender).get_attribute("value")
        dialog.locator("select[name=owner]").select_option(choice)
        dialog.locator("input[name=due]").fill("2030-01-02T09:00")
        office.picture(f"work-assign-{locale}")
        assert office.unreadable() == []
        dialog.locator("button[type=submit]").click()
        expect(office.page.locator("[data-many-said]")).to_have_text(office.say("work.many.done", n=1))
        expect(row).to_contain_text(mender)
        office.pictures(f"work-list-{locale}")
        assert office.unreadable() == []
        row.locator("a").first.click()
        expect(office.page.locator("[data-owner]")).to_contain_text(mender)
        expect(office.page.locator("[data-timeline] [data-what=assigned]")).to_contain_text(mender)
        office.pictures(f"work-one-{locale}")
        assert office.unreadable() == []
        office.page.goto("/duty")
        office.page.get_by_role("tab", name=office.say("queue.tab.tasks")).click()
        row = office.row_of(name)
        expect(row).to_contain_text(mender)
        row.click()
        expect(office.page.locator("[data-care]")).to_contain_text(mender)
        office.picture(f"work-desk-{locale}")
        office.page.goto("/orders/attention?q=nobody-is-called-so")
        expect(office.page.get_by_text(office.say("list.empty.filtered"))).to_be_visible()


def test_a_fault_is_mended_in_a_cellar_and_accepted_by_the_unit(browser: Browser, city: Platform) -> None:
    with seat(browser, city.url) as office:
        name, firm = faulty(office.page, city)
    with phone(browser, city, "maintainer", f"firm:{firm}") as held:
        page = held.page
        page.locator("[data-order]").filter(has_text=name).click()
        read(held, "order")
        page.locator("[data-take]").click()
        expect(page.locator("[data-lines]")).to_contain_text(say("zh", "timeline.what.accepted"))
        works_in_a_cellar(page)
        page.context.set_offline(True)
        page.reload()
        page.locator("[data-finish]").click()
        page.locator("textarea[name=note]").fill("换了底座")
        expect(page.locator("[data-send]")).to_be_disabled()
        page.locator("dialog input[type=file]").set_input_files(
            {"name": "p.png", "mimeType": "image/png", "buffer": PNG}
        )
        read(held, "order-finish")
        page.locator("[data-send]").click()
        expect(page.locator("[data-pending]")).to_contain_text(say("zh", "m.order.finish"))
        read(held, "order-pending")
        page.context.set_offline(False)
        expect(page.locator("[data-state-word]")).to_have_text(say("zh", "workstate.done"), timeout=PATIENCE_MS)
    with phone(browser, city, "property", f"firm:{firm}", "en") as held:
        page = held.page
        page.locator("[data-order]").filter(has_text=name).click()
        expect(page.locator("[data-files] img")).to_be_visible()
        page.locator("[data-approve]").click()
        read(held, "order-accept")
        page.locator("[data-send]").click()
        expect(page.locator("[data-state-word]")).to_have_text(say("en", "workstate.closed"), timeout=PATIENCE_MS)
        read(held, "order-over")


def test_an_inspector_sets_the_day_by_which_a_hazard_must_be_gone(browser: Browser, city: Platform) -> None:
    with phone(browser, city, "inspector", "area:360802") as held:
        page, place = held.page, f"人民路{secrets.token_hex(2)}"
        page.locator("[data-report-hazard]").click()
        page.locator("select[name=category]").select_option("exit_blocked")
        page.locator("select[name=severity]").select_option("serious")
        page.locator("input[name=deadline]").fill((SystemClock().now() + timedelta(days=3)).date().isoformat())
        page.locator("input[name=place]").fill(place)
        read(held, "hazard-deadline")
        page.locator("[data-send]").click()
        expect(page.locator("[data-hazards]")).to_contain_text(place)
        page.goto("/m/")
        row = page.locator("[data-order]").filter(has_text=place)
        more = page.locator("[data-more]")
        expect(page.locator("[data-order]").first).to_be_visible(timeout=PATIENCE_MS)
        while row.count() == 0 and more.count() > 0:  # the work of the other stories stands before it
            shown = page.locator("[data-order]").count()
            more.first.click()
            expect(page.locator("[data-order]").nth(shown)).to_be_visible(timeout=PATIENCE_MS)
        expect(row).to_contain_text(say("zh", "flag.serious"))
        expect(row).to_contain_text("还有")
