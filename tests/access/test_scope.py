"""One rule, three forms: `scopes.holds`, the row-level policy, the compiled predicate; alike on random scopes, rows."""

import random

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.access import rules
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope, holds, parse, show
from zhigan.webapi.database import bind

AREAS = ["360802", "360803", "360821", "360871", "360872", ""]
COMMUNITIES = ["360802001001", "360802001002", "360803002001", "360821401498", ""]
WORDS = ["a", "b", "c", ""]
OTHERS = [d for d in DIMENSIONS if d not in ("area", "community")]

owneds = st.builds(
    Owned, area=st.sampled_from(AREAS), community=st.sampled_from(COMMUNITIES),
    **{d: st.sampled_from(WORDS) for d in OTHERS},
)  # fmt: skip
AREA_TERMS = ["36", "3608", "360802", "360803", "360872", "3608214", "360821401", "360802001001", "360802001"]
terms = st.fixed_dictionaries(
    {},
    optional={
        "area": st.lists(st.sampled_from(AREA_TERMS), min_size=1, max_size=3, unique=True).map(tuple),
        "community": st.lists(st.sampled_from(COMMUNITIES[:-1]), min_size=1, max_size=3, unique=True).map(tuple),
        **{d: st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=2, unique=True).map(tuple) for d in OTHERS},
    },
)
scopes = terms.map(Scope)
COLUMNS = ", ".join(DIMENSIONS)
ARRAYS = ", ".join(f"${n}::text[]" for n in range(1, len(DIMENSIONS) + 1))


def sample(count: int, seed: int) -> list[tuple[Scope, list[Owned]]]:
    """Hypothesis draws synchronously; the database is asked for many draws at once."""
    drawn = random.Random(seed)

    def values(of: list[str], most: int) -> tuple[str, ...]:
        return tuple(drawn.sample(of, drawn.randint(1, most)))

    def scope() -> Scope:
        found: dict[str, tuple[str, ...]] = {}
        for dimension in DIMENSIONS:
            if drawn.random() < 0.25:
                of = AREA_TERMS if dimension == "area" else COMMUNITIES[:-1] if dimension == "community" else WORDS[:-1]
                found[dimension] = values(of, min(len(of), 3))
        return Scope(found)

    def owned() -> Owned:
        rest = {d: drawn.choice(WORDS) for d in OTHERS}
        return Owned(area=drawn.choice(AREAS), community=drawn.choice(COMMUNITIES), **rest)

    return [(scope(), [owned() for _ in range(40)]) for _ in range(count)]


async def table(conn: Connection) -> None:
    """A table as another room would make it, guarded by the one call."""
    await conn.execute(
        f"create schema other; create table other.thing (n int, {', '.join(f'{d} text not null' for d in DIMENSIONS)})"
    )
    await conn.execute("select access.guard('other.thing')")


async def fill(conn: Connection, rows: list[Owned]) -> None:
    await conn.execute("truncate other.thing")
    await conn.copy_records_to_table(
        "thing",
        schema_name="other",
        columns=["n", *DIMENSIONS],
        records=[(n, *(getattr(o, d) for d in DIMENSIONS)) for n, o in enumerate(rows)],
    )


async def test_the_three_forms_of_the_rule_agree(pool: Pool) -> None:
    seen = {True: 0, False: 0}
    async with pool.acquire() as conn:
        await table(conn)
        for scope, rows in sample(150, seed=119):
            await fill(conn, rows)
            expected = [n for n, owned in enumerate(rows) if holds(scope, owned)]
            condition, parameters = rules.predicate(scope, 1, "t")
            compiled = await conn.fetch(f"select n from other.thing t where {condition} order by n", *parameters)
            async with conn.transaction():
                await bind(conn, scope, "somebody")
                hidden = await conn.fetch("select n from other.thing order by n")
                visible = await conn.fetch(
                    f"select n from (select row_number() over () - 1 as n, r.* from unnest({ARRAYS}) r ({COLUMNS})) t"
                    f" where access.visible(area, community, industry, grid, unit, station, firm, org) order by n",
                    *([getattr(o, d) for o in rows] for d in DIMENSIONS),
                )
            assert [r["n"] for r in compiled] == expected, show(scope)
            assert [r["n"] for r in hidden] == expected, show(scope)
            assert [r["n"] for r in visible] == expected, show(scope)
            seen[True] += len(expected)
            seen[False] += len(rows) - len(expected)
    assert min(seen.values()) > 300, "the draw must hold rows on both sides"


async def test_nothing_bound_sees_nothing(pool: Pool) -> None:
    async with pool.acquire() as conn:
        await table(conn)
        await fill(conn, [Owned(area="360802")])
        async with conn.transaction():
            await conn.execute("set local role zhigan_person")
            assert await conn.fetchval("select count(*) from other.thing") == 0
            assert not await conn.fetchval("select access.visible('360802', '', '', '', '', '', '', '')")
        async with conn.transaction():
            await bind(conn, Scope(), "somebody")
            assert await conn.fetchval("select count(*) from other.thing") == 1
        # What was bound ended with its transaction: on the same connection nothing is seen again.
        async with conn.transaction():
            await conn.execute("set local role zhigan_person")
            assert await conn.fetchval("select count(*) from other.thing") == 0
        assert await conn.fetchval("select current_user") != "zhigan_person"


async def test_the_bound_role_writes_nothing_and_reads_no_secret(pool: Pool) -> None:
    for statement in (
        "select * from access.account",
        "select * from access.session",
        "select * from access.audit",
        "delete from registry.unit",
        "update registry.device set name = 'x'",
        "select access.note(now(), null, '', '', '', '', '', '', '{}')",
    ):
        async with pool.acquire() as conn:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with conn.transaction():
                    await bind(conn, Scope(), "somebody")
                    await conn.execute(statement)


async def test_every_scoped_table_is_guarded(pool: Pool) -> None:
    """A table with the scope columns and without the policy would be a hole: none may exist, in any room."""
    async with pool.acquire() as conn:
        open_ = await conn.fetch(
            """
            select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and not c.relispartition
              and n.nspname not in ('pg_catalog', 'information_schema')
              and (select count(*) from pg_attribute a where a.attrelid = c.oid
                   and a.attname in ('area', 'community', 'industry', 'grid', 'unit', 'station', 'firm', 'org')) = 8
              and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'zhigan_scope')
            """
        )
    assert [r["name"] for r in open_] == []


async def test_what_the_bound_role_may_read_is_guarded_or_says_nothing_of_a_place(pool: Pool) -> None:
    public = {f"registry.{name}" for name in ("area", "street", "community", "device_class", "device_model")}
    async with pool.acquire() as conn:
        readable = await conn.fetch(
            """
            select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and not c.relrowsecurity
              and n.nspname not in ('pg_catalog', 'information_schema')
              and has_table_privilege('zhigan_person', c.oid, 'select')
            """
        )
    unguarded = {r["name"] for r in readable}
    assert public <= unguarded
    assert {name for name in unguarded - public if name.split(".")[0] in ("registry", "access", "incidents")} == set()


@given(scopes, scopes, st.lists(owneds, max_size=30))
def test_a_scope_within_another_holds_nothing_beyond_it(inner: Scope, outer: Scope, rows: list[Owned]) -> None:
    if rules.within(inner, outer):
        assert all(holds(outer, owned) for owned in rows if holds(inner, owned))


@given(scopes)
def test_every_scope_lies_within_itself_and_the_city_and_reads_back(scope: Scope) -> None:
    assert rules.within(scope, scope) and rules.within(scope, Scope())
    assert rules.within(Scope(), scope) == scope.whole_city
    assert parse(show(scope)) == scope


@given(scopes, st.sampled_from(DIMENSIONS[1:]), st.sampled_from(WORDS[:-1]))
def test_one_more_term_lies_within(scope: Scope, dimension: str, word: str) -> None:
    if dimension not in scope.terms:
        assert rules.within(Scope({**scope.terms, dimension: (word,)}), scope)
