"""A room writes only its own tables and reads at most the registry's and access's besides; SQL is told the time.

Read from every queries file and from every SQL-looking text in the code. Migrations are the runtime's and are exempt
from ownership (they make the tables), not from telling the time.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from architecture.house import ROOT, SOURCE, room_of, rooms, tracked

READABLE_BY_ALL = {"registry", "access"}
CLOCKS = re.compile(
    r"\b(now\s*\(\s*\)|current_timestamp|current_date|localtimestamp|"
    r"(?:clock|statement|transaction)_timestamp\s*\()",
    re.I,
)
WRITES = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?|copy|merge\s+into)\s+(?:only\s+)?(\w+)\.\w+", re.I
)
READS = re.compile(r"\b(?:from|join)\s+(?:only\s+)?(\w+)\.\w+", re.I)
STATEMENT = re.compile(
    r"\b(?:select|insert\s+into|update\s+\w[\w.]*\s+set|delete\s+from|with\s+\w+\s+as)\b.*", re.I | re.S
)


def uncommented(sql: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.S)


def trespasses(sql: str, room: str, schemas: set[str]) -> list[str]:
    text = uncommented(sql)
    writes = {(m.start(1), m.group(1).lower()) for m in WRITES.finditer(text)}
    reads = {(m.start(1), m.group(1).lower()) for m in READS.finditer(text)}
    found = [f"writes {schema}" for _, schema in sorted(writes) if schema in schemas - {room}]
    found += [f"reads {schema}" for _, schema in sorted(reads - writes) if schema in schemas - {room} - READABLE_BY_ALL]
    return found


def own_clock(sql: str) -> list[str]:
    return [m.group(0) for m in CLOCKS.finditer(uncommented(sql))]


def texts(source: str) -> Iterator[str]:
    """Every text of a module that reads like a statement, docstrings left out, f-strings with their holes blank."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else " x " for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose | inside:
            text = node.value
        else:
            continue
        if STATEMENT.search(text):
            yield text


def copied_schemas(source: str) -> Iterator[str]:
    """Schemas named to asyncpg's COPY calls."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "schema_name" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def queries() -> Iterator[tuple[Path, str]]:
    for path in tracked(".sql", under="src/zhigan"):
        if "migrations" not in path.parts:
            yield path, path.read_text("utf-8")
    for path in tracked(".py", under="src/zhigan"):
        for text in texts(path.read_text("utf-8")):
            yield path, text


def test_a_room_keeps_to_its_tables() -> None:
    schemas = set(rooms())
    broken = {
        f"{path.relative_to(ROOT)}: {what}"
        for path, sql in queries()
        for what in trespasses(sql, room_of(path), schemas)
    }
    broken |= {
        f"{path.relative_to(ROOT)}: copies into {schema}"
        for path in tracked(".py", under="src/zhigan")
        for schema in copied_schemas(path.read_text("utf-8"))
        if schema != room_of(path)
    }
    assert not broken, "ask the other room's store instead:\n" + "\n".join(sorted(broken))


def test_sql_is_told_the_time() -> None:
    migrations = [(p, p.read_text("utf-8")) for p in tracked(".sql", under="src/zhigan") if "migrations" in p.parts]
    broken = {f"{path.relative_to(ROOT)}: {what}" for path, sql in [*queries(), *migrations] for what in own_clock(sql)}
    assert not broken, "time is an argument: pass it as $n:\n" + "\n".join(sorted(broken))


def test_planted_trespasses_are_caught() -> None:
    schemas = {"registry", "alarms", "incidents", "history"}
    assert trespasses("update incidents.incident set x = 1", "alarms", schemas) == ["writes incidents"]
    assert trespasses("delete from registry.device", "alarms", schemas) == ["writes registry"]
    assert trespasses("select 1 from history.signal s", "alarms", schemas) == ["reads history"]
    assert trespasses("select 1 from alarms.case c join registry.unit u on true", "alarms", schemas) == []
    assert trespasses("-- from history.signal\nselect 1 from alarms.case", "alarms", schemas) == []
    assert trespasses("insert into alarms.case select * from incidents.alarm", "alarms", schemas) == ["reads incidents"]
    assert (
        own_clock("select now()") and own_clock("values (CURRENT_TIMESTAMP)") and not own_clock("select known from x")
    )
    assert list(texts('"""select a from b"""\nx = f"select 1 from {y}.z"')) == ["select 1 from  x .z"]
    assert list(copied_schemas("await c.copy_records_to_table('t', schema_name='history')")) == ["history"]
    assert (SOURCE / "vocabulary").is_dir()
