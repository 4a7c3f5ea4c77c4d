"""The map from a chair: an incident's link flies to it, a filter becomes an address, a mark leads to its page."""

import base64
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, FloatRect, Route, expect

from browser.seat import PATIENCE_MS, VIEWS, Seat, seat
from browser.test_story import Building
from support.platform import Platform

TAKES_MS = 20_000
"""The first picture is drawn without a graphics card here."""


@VIEWS
def test_from_an_incident_to_the_map_and_back(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        elsewhere: list[str] = []
        here.page.on(
            "request", lambda r: None if r.url.startswith((city.url, "blob:", "data:")) else elsewhere.append(r.url)
        )
        building = Building(city, here.page)
        here.sign_in(*city.account("duty"))
        building.device.say(131082)
        here.row_of(building.name).click()
        here.shown().locator("a[href*='/map?incident=']").click()
        expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
        row = here.page.locator("[data-spot]").filter(has_text=building.name)
        expect(row.locator("button")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
        here.page.wait_for_url("**at=16.0/27.1100/114.9800**", timeout=TAKES_MS)
        here.picture(f"map-{locale}-near")
        assert here.unreadable() == []

        box = here.page.locator(".maplibregl-canvas").bounding_box()
        assert box is not None
        here.page.locator(".whole").click()
        here.page.wait_for_url(lambda url: "at=16.0" not in url, timeout=TAKES_MS)
        here.page.locator("select[name=condition]").select_option("normal")
        here.page.wait_for_url("**condition=normal**", timeout=PATIENCE_MS)
        here.picture(f"map-{locale}-far")

        row.locator("a").focus()
        here.page.keyboard.press("Enter")
        expect(here.shown()).to_be_visible()
        assert elsewhere == [], "the page asked another host"


def press(here: Seat, address: str) -> None:
    """What stands in the middle of the map is pressed."""
    here.page.goto(address)
    expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
    box = here.page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@VIEWS
def test_a_mark_leads_to_its_page(city: Platform, browser: Browser, locale: str, size: str) -> None:
    """A unit, a hydrant, a unit in which something is kept silent: each has a page, and the mark is the way to it."""
    shift = 0.02 if locale == "en" else 0.0  # where nobody else stands
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        building = Building(city, page, lon=115.21 + shift, lat=27.31)
        here.sign_in(*city.account("operator"))
        press(here, f"/map?show=units&at=18/27.31/{115.21 + shift}")
        mark = page.locator("[data-mark]")
        expect(mark).to_be_visible(timeout=PATIENCE_MS)
        mark.locator("a").click()
        expect(page.locator("h1")).to_contain_text(building.name)
        unit = page.url.rpartition("/")[2]

        water = {"code": f"W-{unit[-8:]}", "lon": 115.21 + shift, "lat": 27.33, "area_code": "360802"}
        assert page.request.post("/api/v1/hydrants", data=water).ok
        press(here, f"/map?show=hydrants&at=18/27.33/{115.21 + shift}")
        expect(mark).to_be_visible(timeout=PATIENCE_MS)
        here.picture(f"map-hydrant-{locale}")
        mark.locator("a").click()
        page.wait_for_url("**/hydrants/*")
        expect(page.locator("main")).to_contain_text(water["code"])

        test = {"unit_id": unit, "minutes": 30, "purpose": "季度测试"}
        assert page.request.post("/api/v1/walk-tests", data=test).ok
        page.goto("/map")
        quiet = page.locator("[data-quiet] a").filter(has_text=building.name)
        expect(quiet).to_be_visible(timeout=PATIENCE_MS)
        here.picture(f"map-quiet-{locale}")
        press(here, f"/map?show=hydrants&at=18/27.31/{115.21 + shift}")
        page.wait_for_url(f"**/silences?unit_id={unit}", timeout=PATIENCE_MS)
        expect(page.locator("[data-silences] tbody tr")).to_have_count(1)
        expect(page.locator("[data-silences]")).to_contain_text(building.name)


@VIEWS
def test_the_maps_filters_hide_nothing_by_silence(city: Platform, browser: Browser, locale: str, size: str) -> None:
    """By area, industry, kind, grade and state: what a filter leaves out is counted, and one press brings it back."""
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        building = Building(city, page, lon=114.7, lat=27.2, industry="health")
        here.sign_in(*city.account("duty"))
        building.device.say(131082)
        expect(here.row_of(building.name)).to_have_count(1, timeout=PATIENCE_MS)
        page.goto("/map")
        spot = page.locator("[data-spot]").filter(has_text=building.name)
        expect(spot).to_be_visible(timeout=TAKES_MS)
        left = page.locator("aside .left")
        for name, fits, other in (
            ("industry", "health", "bank"), ("area", "360802", "360829"), ("kind", "fire", "gas"),
            ("grade", "II", "I"), ("progress", "open", "responding"),
        ):  # fmt: skip
            page.locator(f"select[name={name}]").select_option(fits)
            page.wait_for_url(f"**{name}={fits}**")
            expect(spot).to_be_visible()
            if name in ("industry", "area"):  # a chip, taken off by a press
                page.locator("header button.chip").click()
            page.locator(f"select[name={name}]").select_option(other)
            page.wait_for_url(f"**{name}={other}**")
            expect(spot).to_have_count(0)
            expect(left).to_contain_text(here.say("map.incidents.all"))
            if name == "area":
                here.picture(f"map-outside-{locale}")
                assert here.unreadable() == []
            left.locator("button").click()
            expect(spot).to_be_visible()
            expect(left).to_have_count(0)


def test_the_first_picture_is_the_maps_own(city: Platform, browser: Browser) -> None:
    """What is drawn on paper while the map's machine comes, and what the machine draws, look the same."""
    with seat(browser, city.url, size="1366x768") as here:
        building = Building(city, here.page, lon=114.3, lat=27.4)
        here.sign_in(*city.account("duty"))
        building.device.say(131082)
        expect(here.row_of(building.name)).to_be_visible(timeout=PATIENCE_MS)
        held: list[Route] = []
        here.page.route("**/assets/useMap-*.js", lambda route: held.append(route))
        here.page.goto("/map")
        expect(here.page.locator("[data-pictured]")).to_be_visible(timeout=PATIENCE_MS)
        assert held, "the machine is not there yet"
        box = here.page.locator(".paper").bounding_box()
        assert box is not None
        # Without the edges, where the machine's own buttons stand.
        clip = FloatRect(x=box["x"] + 100, y=box["y"] + 60, width=box["width"] - 200, height=box["height"] - 120)
        first = here.page.screenshot(clip=clip)
        for route in held:
            route.continue_()
        expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
        differing, painted = compared(here, first, here.page.screenshot(clip=clip))
        assert painted > 0.01, "there is something to be seen"
        assert differing < painted / 5, f"{differing:.4f} of all pixels differ, {painted:.4f} are not ground"


COMPARE = """async ([first, second]) => {
    const pixels = async text => {
        const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob())
        const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d')
        pen.drawImage(picture, 0, 0)
        return pen.getImageData(0, 0, picture.width, picture.height).data
    }
    const [a, b] = [await pixels(first), await pixels(second)]
    const seen = new Map()
    for (let n = 0; n < a.length; n += 4) seen.set(a[n], (seen.get(a[n]) ?? 0) + 1)
    const grounds = [...seen].sort((x, y) => y[1] - x[1]).slice(0, 2).map(([colour]) => colour)
    const near = (x, y) => [0, 1, 2].every(c => Math.abs(a[x + c] - b[y + c]) < 48)
    let differing = 0, painted = 0
    for (let n = 0; n < a.length; n += 4) {
        if (!near(n, n)) differing += 1
        if (!grounds.some(ground => Math.abs(ground - b[n]) < 12)) painted += 1
    }
    return [differing / (a.length / 4), painted / (a.length / 4)]
}"""


def compared(here: Seat, first: bytes, second: bytes) -> tuple[float, float]:
    """Which share of the pixels differs plainly, and which is neither paper nor land."""
    bare = here.page.context.new_page()
    differing, painted = bare.evaluate(COMPARE, [base64.b64encode(each).decode() for each in (first, second)])
    bare.close()
    return float(differing), float(painted)


class Tiles(BaseHTTPRequestHandler):
    """A map service at another address, as 天地图 is: one colour everywhere, and a note of what was asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        Tiles.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(tile_of(200, 60, 30))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console."""


def tile_of(red: int, green: int, blue: int, size: int = 256) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = (b"\0" + bytes((red, green, blue)) * size) * size
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_ground_by_setting_with_its_approval_number(tmp_path: Path, browser: Browser) -> None:
    """The operator's tile service lies under everything, the page may ask it and no other, 审图号 stands on the map."""
    Tiles.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{service.server_port}"
        address = there + "/vec_w/wmts?LAYER=vec&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=key"
        city = Platform(tmp_path, map_tiles=address, map_approval="GS(2024)0650号")
        city.start()
        try:
            with seat(browser, city.url, size="1366x768") as here:
                asked: list[str] = []
                here.page.on("request", lambda r: asked.append(r.url))
                here.sign_in(*city.account("duty"))
                here.page.goto("/map")
                expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
                expect(here.page.get_by_text("审图号：GS(2024)0650号")).to_be_visible()
                here.picture("map-ground")
                box = here.page.locator(".maplibregl-canvas").bounding_box()
                assert box is not None
                middle = FloatRect(
                    x=box["x"] + box["width"] / 2, y=box["y"] + box["height"] / 2 + 20, width=8, height=8
                )
                red, green, blue = colour(here, here.page.screenshot(clip=middle))
                assert red > green + 10 > blue, "the service's colour, muted, lies under the map"
                assert all(url.startswith((city.url, there, "blob:", "data:")) for url in asked)
        finally:
            assert city.stop() == 0
            service.shutdown()
    levels = {path.partition("TILEMATRIX=")[2].partition("&")[0] for path in Tiles.asked}
    assert levels <= {"7", "8", "9"} and levels, Tiles.asked[:3]


def colour(here: Seat, picture: bytes) -> tuple[int, int, int]:
    bare = here.page.context.new_page()
    script = """async text => {
        const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob())
        const pen = new OffscreenCanvas(1, 1).getContext('2d')
        pen.drawImage(picture, 0, 0, 1, 1)
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }"""
    red, green, blue = bare.evaluate(script, base64.b64encode(picture).decode())
    bare.close()
    return red, green, blue
