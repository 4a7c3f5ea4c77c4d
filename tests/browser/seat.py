"""A seat at the duty desk, as a person has it: a browser, eyes, keys. And a transmission device at the other end.

Enters: the platform's address and an account. Leaves: what stands on the screen. Absent: any way into the platform that
people and devices do not have.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.words import begins, say
from zhigan.protocols.gb26875 import Command, ComponentStatus, Frame, Reader, build
from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.moments import SECOND

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "test-results"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CENTRE = "000000000000"
CARRIER = "the-carriers-secret"
FIRE = 0x0002
FAULT = 0x0004
SMOKE = 40
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
VIEWS = pytest.mark.parametrize(("locale", "size"), [("zh", "1366x768"), ("en", "1920x1080")])
"""Each workflow is seen in both languages and at both sizes of the desk, in two runs: dark Chinese, light English."""
THEMES = {"zh": "dark", "en": "light"}
SIZES = {"1920x1080": (1920, 1080), "1366x768": (1366, 768), "phone": (390, 844)}
PATIENCE_MS = 30_000


@dataclass
class Device:
    """A transmission device (用户信息传输装置) on its TCP line."""

    address: str
    port: int
    serial: int = 0

    def say(self, component: int, status: int = FIRE, text: str = "三层东走廊", kind: int = SMOKE) -> None:
        """One component's status; returns when the platform has confirmed it."""
        now = SystemClock().micros()
        self.serial += 1
        said = ComponentStatus(1, 1, kind, component, status, text, now // SECOND * SECOND)
        frame = build.upload(self.serial, self.address, CENTRE, now, [said])
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(frame)
            reader = Reader()
            while not any(isinstance(e, Frame) and e.command == Command.CONFIRM for e in reader.receive(_heard(line))):
                pass


def _heard(line: socket.socket) -> bytes:
    data = line.recv(4096)
    assert data, "the platform hung up"
    return data


@dataclass
class Seat:
    page: Page
    locale: str = "zh"
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def close_and_open(self) -> None:
        """The page is gone; another one of the same browser stands in its place."""
        context = self.page.context
        self.page.close()
        self.page = context.new_page()
        self.listen()

    def say(self, key: str, **figures: object) -> str:
        """The page's own words, in the language of the seat."""
        return say(self.locale, key, **figures)

    def begins(self, key: str, **figures: object) -> str:
        return begins(self.locale, key, **figures)

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/")
        fields = self.page.locator("form input")
        fields.nth(0).fill(name)
        fields.nth(1).fill(password)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("[data-link]")).to_have_class("link live", timeout=PATIENCE_MS)

    def rows(self) -> Locator:
        return self.page.locator("[data-queue] [data-incident]")

    def row_of(self, text: str) -> Locator:
        return self.rows().filter(has_text=text)

    def shown(self) -> Locator:
        return self.page.locator("[data-incident-page]")

    def message(self) -> Locator:
        return self.page.locator("[data-step-message]")

    def picture(self, name: str) -> None:
        RESULTS.mkdir(exist_ok=True)
        self.page.screenshot(path=RESULTS / f"{name}.png")

    def pictures(self, name: str) -> None:
        """At every size that the desk is made for."""
        before = self.page.viewport_size
        for size, (width, height) in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.picture(f"{name}-{size}")
        if before is not None:
            self.page.set_viewport_size(before)

    def unreadable(self) -> list[str]:
        """What axe finds serious or critical: rule and place."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]


@contextmanager
def seat(browser: Browser, url: str, locale: str = "zh", theme: str = "", size: str = "1920x1080") -> Iterator[Seat]:
    """A browser of its own; nothing that it complained of may stay unseen."""
    width, height = SIZES[size]
    theme = theme or THEMES[locale]
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height})
    context.add_init_script(
        f"localStorage.setItem('zhigan.locale', '{locale}'); localStorage.setItem('zhigan.theme', '{theme}')"
    )
    context.set_default_timeout(PATIENCE_MS)
    taken = Seat(context.new_page(), locale)
    taken.listen()
    try:
        yield taken
        assert taken.troubles == []
    finally:
        context.close()
