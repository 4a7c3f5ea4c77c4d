"""Lists from a chair: an order that is chosen, columns put away by name, and the file that is exactly what was seen."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from browser.seat import PATIENCE_MS, VIEWS, Seat, seat
from browser.test_story import Building
from support.platform import Platform
from support.taken import unmarked


def taken(here: Seat, folder: Path) -> list[list[str]]:
    """The file of what is seen, as a spreadsheet reads it."""
    here.page.locator("[data-exports] summary").click()
    with here.page.expect_download() as saved:
        here.page.locator("[data-export-seen]").click()
    saved.value.save_as(folder / "seen.csv")
    expect(here.page.locator("[data-exports]")).not_to_have_attribute("open", "")
    return list(csv.reader(io.StringIO("\n".join(unmarked((folder / "seen.csv").read_text("utf-8-sig"))))))


def shown(here: Seat) -> list[list[str]]:
    """Heads and first cells as they stand on the screen."""
    table = here.page.locator("main table")
    rows = [[head.strip() for head in table.locator("thead th:visible").all_inner_texts()]]
    for row in table.locator("tbody tr").all():
        rows.append([" ".join(cell.split()) for cell in row.locator("td:visible").all_inner_texts()])
    return rows


@VIEWS
def test_a_list_is_sorted_and_taken_away_as_it_is_seen(
    city: Platform, browser: Browser, tmp_path: Path, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        buildings = [Building(city, page) for _ in range(2)]
        names = sorted(building.name for building in buildings)
        here.sign_in(*city.account("operator"))
        page.goto(f"/units?q={names[0][:8]}&area=360802")
        page.get_by_label(here.say("reg.sort"), exact=True).select_option("name")
        page.wait_for_url("**sort=name**")
        first = page.locator("tbody tr td:first-child")
        expect(first.first).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        expect(first).to_have_text(sorted(first.all_inner_texts()))

        page.locator("[data-columns] summary").click()
        page.locator("[data-columns] input[value=code]").uncheck()
        page.locator("[data-columns] input[value=industry]").uncheck()
        assert here.unreadable() == []
        here.picture(f"list-columns-{locale}")
        page.locator("[data-columns] summary").click()
        page.reload()
        expect(page.locator("thead th:visible")).to_have_count(4)
        page.locator("[data-exports] summary").click()
        here.picture(f"list-export-{locale}")
        assert here.unreadable() == []
        page.locator("[data-exports] summary").click()
        file, screen = taken(here, tmp_path), shown(here)
        assert file == screen, "heads, order, columns and words of the screen"
        assert len(file) > 2 and file[1][1] == here.say("premises.crowded")
        page.locator("[data-columns] summary").click()
        page.locator("[data-columns] input[value=code]").check()
        page.locator("[data-columns] input[value=industry]").check()


@VIEWS
def test_the_file_by_grade_and_a_queue_as_a_file(
    city: Platform, browser: Browser, tmp_path: Path, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        building, other = Building(city, page), Building(city, page)
        here.sign_in(*city.account("duty"))
        building.device.say(131101)
        other.device.say(131101)
        row = here.row_of(building.name)
        expect(row).to_have_count(1, timeout=PATIENCE_MS)
        expect(here.row_of(other.name)).to_have_count(1, timeout=PATIENCE_MS)
        page.locator(".queue input[type=search]").fill(building.name)
        expect(here.rows()).to_have_count(1)
        outside = page.locator("[data-outside]")
        expect(outside).to_contain_text(here.say("map.incidents.all"))
        here.picture(f"queue-outside-{locale}")
        assert here.unreadable() == []
        head, *rows = taken(here, tmp_path)
        assert head[0] == here.say("col.grade") and len(rows) == 1
        assert rows[0][:4] == [here.say("grade.II"), here.say("kind.fire"), here.say("state.open"), building.name]
        outside.click()
        expect(here.row_of(other.name)).to_have_count(1)
        expect(outside).to_have_count(0)
        for queue in ("attention", "task"):
            page.locator(f".queue [data-tab={queue}]").click()
            assert taken(here, tmp_path)[0] == head

        page.locator(".queue [data-tab=desk]").click()
        held: list[Route] = []
        page.route("**/api/v1/incidents/*", lambda route: held.append(route))
        with page.expect_request("**/api/v1/incidents/*"):
            row.click()
        page.keyboard.press("a")  # before the incident is there: no key of a quick hand is lost
        for each in held:
            each.continue_()
        page.unroute("**/api/v1/incidents/*")
        expect(page.locator("[data-state-word]")).to_have_text(here.say("state.verifying"))
        page.keyboard.press("c")
        page.locator("dialog input[value=on_site]").check()
        page.keyboard.press("Enter")
        expect(page.locator("[data-state-word]")).to_have_text(here.say("state.confirmed"))
        page.goto("/incidents")
        page.get_by_label(here.say("reg.sort"), exact=True).select_option("grade")
        page.wait_for_url("**sort=grade**")
        expect(page.locator("tbody tr").first).to_contain_text("I")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        grades = [text.split()[0] for text in page.locator("tbody tr td:first-child").all_inner_texts()]
        assert grades == sorted(grades) and grades[0] == "I"
        here.picture(f"incidents-by-grade-{locale}")
