"""A function fits on one screen (60 lines), a file in one head (500). Tables of data are exempt from the latter."""

import ast
from pathlib import Path

from architecture.house import ROOT, tracked

FUNCTION_CEILING = 60
FILE_CEILING = 500
EXEMPT = ("tables", ".gen.", "generated", "schema.d.ts")


def long_functions(source: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_CEILING:
                found.append((node.name, lines))
    return found


def too_long(path: Path, lines: int) -> bool:
    return lines > FILE_CEILING and not any(word in path.name for word in EXEMPT)


def test_functions_fit_on_a_screen() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {name} has {lines} lines"
        for folder in ("src", "simulator", "benchmarks")
        for path in tracked(".py", under=folder)
        for name, lines in long_functions(path.read_text("utf-8"))
    ]
    assert not broken, "split these by what they mean:\n" + "\n".join(broken)


def test_files_fit_in_a_head() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in tracked(".py", ".ts", ".vue", ".css")
        if too_long(path, lines := len(path.read_text("utf-8").splitlines()))
    ]
    assert not broken, "a file over the ceiling is a room to be split:\n" + "\n".join(broken)


def test_planted_violations_are_caught() -> None:
    body = "\n".join(f"    x = {n}" for n in range(FUNCTION_CEILING))
    assert long_functions(f"def long():\n{body}\n") == [("long", FUNCTION_CEILING + 1)]
    assert long_functions(f"async def long():\n{body}\n")
    assert not long_functions("def short():\n    return 1\n")
    assert too_long(Path("engine.py"), FILE_CEILING + 1)
    assert not too_long(Path("code_tables.py"), FILE_CEILING + 1)
