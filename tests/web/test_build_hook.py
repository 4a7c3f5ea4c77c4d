"""The build hook: pages are built when their sources changed, and only then."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = loaded()


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ZHIGAN_SKIP_WEB", raising=False)
    folder = tmp_path / "web"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}")
    (folder / "main.ts").write_text("export {}")
    (tmp_path / "static").mkdir()
    return folder


def test_pages_are_stale_until_stamped_and_again_after_a_change(web: Path) -> None:
    static = web.parent / "static"
    wanted = hook.stale(web, static)
    assert wanted == hook.digest(web)
    (static / hook.STAMP).write_text(wanted)
    assert hook.stale(web, static) is None
    (web / "node_modules" / "x.js").write_text("fetched, not ours")
    assert hook.stale(web, static) is None
    (web / "main.ts").write_text("export const changed = true")
    assert hook.stale(web, static) not in (None, wanted)


def test_a_renamed_file_is_a_change(web: Path) -> None:
    before = hook.digest(web)
    (web / "main.ts").rename(web / "start.ts")
    assert hook.digest(web) != before


def test_pages_are_left_alone_when_told_or_when_there_are_none(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    static = web.parent / "static"
    assert hook.stale(web.parent / "nowhere", static) is None
    monkeypatch.setenv("ZHIGAN_SKIP_WEB", "1")
    assert hook.stale(web, static) is None


@pytest.mark.parametrize(
    ("version", "runs"),
    [
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_node_must_be_new_enough_for_vite(version: str, runs: bool) -> None:
    assert hook.vite_runs_on(version) is runs


def test_the_lock_names_no_place_of_download() -> None:
    lock = (ROOT / "web" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "web" / ".npmrc").read_text()
