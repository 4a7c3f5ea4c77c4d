"""No drawers: a module or folder is named for the noun it holds. No host of a registry, no path of one machine."""

import re
from pathlib import Path

from architecture.house import ROOT, files

DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base"}
HOSTS = re.compile(
    r"\bpypi\.(?:org|python\.org)|pythonhosted\.org|registry\.npm|npmmirror\.com|\bregistry\.yarnpkg\.com|deb\.debian\.org|"
    r"mirrors?\.(?:aliyun|tuna|ustc)"
)
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|opt/(?:wheels|pypi)|Users/\w+)/")
BINARY = {".png", ".webp", ".ico", ".woff2", ".woff", ".ttf", ".mp3", ".ogg", ".gz", ".jpg", ".bin"}


def drawers(path: Path) -> list[str]:
    stems = [*path.parts[:-1], path.name.split(".")[0]]
    return [stem for stem in stems if stem.lower() in DRAWERS]


def strangers(text: str) -> list[str]:
    return [m.group(0) for pattern in (HOSTS, MACHINE) for m in pattern.finditer(text)]


def test_no_drawers() -> None:
    code = [p for p in files() if p.suffix in {".py", ".ts", ".vue", ".sql"}]
    broken = [f"{p.relative_to(ROOT)}" for p in code if drawers(p.relative_to(ROOT))]
    assert not broken, "name it for the noun it holds:\n" + "\n".join(broken)


def test_no_host_and_no_path_of_a_machine() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in files()
        if path.suffix not in BINARY and path != Path(__file__)
        for what in strangers(path.read_text("utf-8"))
    ]
    assert not broken, "where packages come from, and where this lies, is the machine's business:\n" + "\n".join(broken)


def test_planted_violations_are_caught() -> None:
    assert drawers(Path("src/zhigan/alarms/utils.py")) == ["utils"]
    assert drawers(Path("web/src/helpers/x.ts")) == ["helpers"]
    assert not drawers(Path("src/zhigan/alarms/engine/basement.py"))
    assert strangers("--index-url https://py" + "pi.org/simple")
    assert strangers('"resolved": "https://registry.' + 'npmjs.org/vue"')
    assert strangers("see /wo" + "rk/main/x") and strangers("/ro" + "ot/.cache/") and strangers("'/home/ann/x'")
    assert not strangers("docs/wo" + "rk/main") and not strangers("the road homewo" + "rk/ro" + "ot")
