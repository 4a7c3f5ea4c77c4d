"""The pictures of docs/pictures: the demo city, its principal screens, taken by a real browser. `make pictures`.

Enters: nothing; it starts the demo in a folder of its own and raises fires at the devices' port, as devices do. Leaves:
WebP files. A screen that the router no longer knows ends it with a sentence.
"""

import argparse
import base64
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from browser.seat import FAULT, FIRE, FLAGS, ROOT, SIZES, Device, Seat, seat
from browser.test_every_page import addresses
from support.platform import Platform

OUT = ROOT / "docs" / "pictures"
MOST_BYTES = 4 * 1024 * 1024
PATIENCE_S = 240.0
QUALITY = 0.82
TO_WEBP = """async ([png, quality]) => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + png;
  await picture.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
  canvas.getContext('2d').drawImage(picture, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""

SPOTS = ((0.16, 0.28), (0.42, 0.28), (0.68, 0.28), (0.16, 0.74), (0.42, 0.74), (0.5, 0.5))
DRAWN = """() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1400, height: 800 });
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff'; pen.fillRect(0, 0, 1400, 800);
  pen.strokeStyle = '#222'; pen.lineWidth = 8; pen.strokeRect(40, 40, 1320, 720);
  pen.lineWidth = 4; pen.font = '26px sans-serif'; pen.fillStyle = '#555';
  const rooms = ['活动室', '午睡室', '教室', '备餐间', '器材室', '办公室', '医务室', '楼梯间'];
  rooms.forEach((name, at) => {
    const x = 40 + 330 * (at % 4), y = at < 4 ? 40 : 480;
    pen.strokeRect(x, y, 330, 280);
    pen.fillText(name, x + 20, y + 40);
    pen.clearRect(x + 130, at < 4 ? 316 : 476, 70, 8);
  });
  pen.fillText('走廊', 660, 410);
  return canvas.toDataURL('image/png').split(',')[1];
}"""

# file, route, query, language, theme, size, how long the page may draw
SHOTS: tuple[tuple[str, str, str, str, str, str, float], ...] = (
    ("desk", "duty", "", "zh", "dark", "1920x1080", 0.5),
    ("desk-en", "duty", "", "en", "light", "1366x768", 0.5),
    ("desk-phone", "duty", "", "zh", "dark", "phone", 0.5),
    ("map", "map", "", "zh", "dark", "1920x1080", 8.0),
    ("units", "units", "", "zh", "light", "1366x768", 0.5),
    ("unit", "unit", "", "zh", "light", "1920x1080", 0.8),
    ("devices", "devices", "", "zh", "dark", "1366x768", 0.5),
    ("device", "device", "", "zh", "light", "1366x768", 0.8),
    ("plan", "floors", "", "zh", "light", "1366x768", 1.5),
    ("walk-test", "walk", "", "zh", "light", "1366x768", 0.8),
    ("silences", "silences", "", "zh", "dark", "1366x768", 0.5),
    ("commissioning", "discovered", "", "zh", "light", "1366x768", 0.5),
    ("import", "imports", "", "zh", "light", "1366x768", 0.5),
    ("devices-phone", "devices", "", "zh", "light", "phone", 0.5),
    ("incidents", "incidents", "", "zh", "dark", "1366x768", 0.5),
    ("accounts", "accounts", "", "zh", "light", "1366x768", 0.5),
    ("account-new", "account.new", "", "en", "light", "1366x768", 0.5),
    ("audit", "audit", "", "zh", "dark", "1366x768", 0.5),
    ("security", "settings.security", "", "zh", "light", "1366x768", 0.5),
    ("platform", "settings.platform", "", "zh", "dark", "1366x768", 0.8),
    ("help", "help", "", "zh", "light", "1920x1080", 0.5),
)


@contextmanager
def demo(folder: Path) -> Generator[tuple[Platform, str]]:
    """The running demo without its simulator, and the password of its logins."""
    platform = Platform(folder)
    words = ["run", "--demo", "--quiet-city", "--port", str(platform.port)]
    process = subprocess.Popen(
        platform.command(*words), env=platform.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        password = ""
        for line in process.stdout:
            found = re.search(r"logins \(password (\S+)\)", line)
            password = found.group(1) if found else password
            if "Ctrl-C" in line:
                break
        if not password:
            sys.exit("the demo did not start")
        yield platform, password
    finally:
        process.terminate()
        process.wait(60)


class City:
    """What stands in the pictures, asked for as a page asks."""

    def __init__(self, platform: Platform, page: Page, password: str) -> None:
        self._page, self._url = page, platform.url
        answer = page.request.post(f"{self._url}/api/v1/login", data={"username": "admin", "password": password})
        self._head = {"Authorization": f"Bearer {answer.json()['token']}"}
        page.context.clear_cookies()
        self._port = platform.gb26875_port

    def get(self, path: str) -> dict[str, Any]:
        return self._page.request.get(f"{self._url}/api/v1{path}", headers=self._head).json()

    def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        answer = self._page.request.post(f"{self._url}/api/v1{path}", data=body, headers=self._head)
        if not answer.ok:
            sys.exit(f"{path}: {answer.text()}")
        return answer.json()

    def burns(self) -> dict[str, str]:
        """A house with its plan in which two detectors of a floor burn, six houses with one, faults, a stranger, a walk
        test; the ids that the addresses need."""
        floors = self._floors()
        house, *others = [each for each in floors if len(each) >= 3][:9]
        building = house[0]["building_id"]
        self._plan(building, house)
        for part in (house[0], house[1], *(each[0] for each in others[:6])):
            self._says(part, FIRE)
        for each in others[:6]:
            self._says(each[1], FAULT)
        Device(f"7F{secrets.token_hex(5).upper()}", self._port).say(0x00010A, status=0x0001)
        walk = self.post("/walk-tests", {"unit_id": others[7][0]["unit_id"], "minutes": 60, "purpose": "季度巡检"})
        self._page.wait_for_timeout(1500)  # a device's clock has whole seconds, and the test begins within one
        for part in others[7]:
            self._says(part, FIRE)
        burning = self._burning(house[0]["unit_id"])
        return {
            "duty": burning, "unit": house[0]["unit_id"], "device": house[0]["id"], "floors": building,
            "walk": walk["id"], "account": self.get("/accounts?limit=1")["items"][0]["id"],
        }  # fmt: skip

    def _floors(self) -> list[list[dict[str, Any]]]:
        """Smoke detectors behind transmission devices, gathered by floor; one floor a unit."""
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for part in self.get("/devices?type=smoke&limit=1000")["items"]:
            if part["building_id"] and part["floor"] and "/" in part["address"]:
                found.setdefault(part["unit_id"], {}).setdefault(part["floor"], []).append(part)
        return [max(floors.values(), key=len) for floors in found.values()]

    def _says(self, part: dict[str, Any], status: int) -> None:
        root, _, place = part["address"].partition("/")
        _, _, kind, component = (int(each) for each in place.split("."))
        Device(root, self._port).say(component, status, part["place"][:15] or "走廊", kind)

    def _plan(self, building: str, parts: list[dict[str, Any]]) -> None:
        """A floor as an architect's office would export it, drawn here."""
        blank = self._page.context.new_page()
        blank.goto("about:blank")
        png = base64.b64decode(blank.evaluate(DRAWN))
        blank.close()
        answer = self._page.request.post(
            f"{self._url}/api/v1/buildings/{building}/plans?floor={parts[0]['floor']}",
            multipart={"file": FilePayload(name="plan.png", mimeType="image/png", buffer=png)},
            headers=self._head,
        )
        if not answer.ok:
            sys.exit(f"the plan: {answer.text()}")
        for number, part in enumerate(parts[: len(SPOTS)]):
            x, y = SPOTS[number]
            self._page.request.put(
                f"{self._url}/api/v1/devices/{part['id']}/spot", data={"x": x, "y": y}, headers=self._head
            )

    def _burning(self, unit: str) -> str:
        """The incident of that unit once it is the red one."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for row in self.get("/incidents?state=open&limit=50")["items"]:
                if row["unit"] and row["unit"]["id"] == unit and row["grade"] == "I":
                    return str(row["id"])
            time.sleep(0.5)
        sys.exit("two detectors of a floor made no red incident")


def address(name: str, ids: dict[str, str]) -> str:
    path = dict(addresses()).get(name)
    if path is None:
        sys.exit(f"the router knows no page {name!r}: change SHOTS")
    return re.sub(r"/:floor\?", "", re.sub(r":id\??", ids.get(name, ""), path))


def kept(page: Page, blank: Page, file: Path) -> int:
    png = base64.b64encode(page.screenshot()).decode()
    data = base64.b64decode(blank.evaluate(TO_WEBP, [png, QUALITY]))
    file.write_bytes(data)
    return len(data)


def take(browser: Browser, platform: Platform, password: str, only: frozenset[str]) -> None:
    with seat(browser, platform.url) as here:
        ids = City(platform, here.page, password).burns()
        here.sign_in("admin", password)
        blank = here.page.context.new_page()
        blank.goto("about:blank")
        for file, name, query, locale, theme, size, draws in SHOTS:
            if only and file not in only:
                continue
            dressed(here, locale, theme, size)
            here.page.goto(address(name, ids) + query)
            here.page.locator("#content").wait_for()
            here.page.wait_for_timeout(1000 * draws)
            print(f"{file}: {kept(here.page, blank, OUT / f'{file}.webp') // 1024} KiB", flush=True)


def dressed(here: Seat, locale: str, theme: str, size: str) -> None:
    width, height = SIZES[size]
    here.page.set_viewport_size({"width": width, "height": height})
    here.page.add_init_script(
        f"localStorage.setItem('zhigan.locale', '{locale}'); localStorage.setItem('zhigan.theme', '{theme}')"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="take the pictures of docs/pictures")
    parser.add_argument("--only", default="", help="files, with commas between")
    only = frozenset(part for part in parser.parse_args().only.split(",") if part)
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder) / "data") as (platform, password),
        sync_playwright() as play,
    ):
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        take(chromium, platform, password, only)
        chromium.close()
    total = sum(path.stat().st_size for path in OUT.glob("*.webp"))
    print(f"{total // 1024} KiB in all")
    return 0 if total <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
