"""Every act that the audit trail is told of has words in the console's catalogue, and so has its room."""

import ast
import re
from collections.abc import Iterator

from architecture.house import ROOT, SOURCE, tracked

WORDS = re.compile(r"'((?:act|audit)\.[\w.]+)'")


def acts(source: str) -> Iterator[str]:
    """The third argument behind the connection of `audit(conn, principal, at, action, …)`, where it is a plain text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or len(node.args) < 4:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        action = node.args[3]
        if name == "audit" and isinstance(action, ast.Constant) and isinstance(action.value, str):
            yield action.value


def wordless(said: set[str], known: set[str]) -> list[str]:
    return sorted(
        {f"act.{each}" for each in said if f"act.{each}" not in known}
        | {f"audit.{each.split('.')[0]}" for each in said if f"audit.{each.split('.')[0]}" not in known}
    )


def test_every_act_has_words() -> None:
    said = {each for path in tracked(".py", under="src") for each in acts(path.read_text("utf-8"))}
    assert len(said) > 25 and SOURCE.exists()
    folder = ROOT / "web" / "shared" / "i18n"
    known = {key for path in folder.glob("*zh.ts") for key in WORDS.findall(path.read_text("utf-8"))}
    assert not wordless(said, known), "give these words in web/shared/i18n/console.zh.ts and console.en.ts"


def test_planted_violations_are_caught() -> None:
    said = set(acts("async def f():\n    await audit(conn, who, now, 'cat.sat', 'mat')\n"))
    assert wordless(said, {"act.cat.ran"}) == ["act.cat.sat", "audit.cat"]
