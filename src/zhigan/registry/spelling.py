"""Pinyin for names that stand without it: rows from before search knew pinyin.

Enters: a pool. Leaves: rows that initials and full pinyin find. Harmless when run again.
"""

from zhigan.registry.pinyin import searchable
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Pool

AT_ONCE = 500


async def spell(pool: Pool) -> int:
    """How many were spelled."""
    spelled = 0
    for look, write in (
        (SQL.unspelled_devices, SQL.spell_devices),
        (SQL.unspelled_contacts, SQL.spell_contacts),
        (SQL.unspelled_hydrants, SQL.spell_hydrants),
    ):
        while True:
            async with pool.acquire() as conn, conn.transaction():
                rows = await conn.fetch(look, AT_ONCE)
                if not rows:
                    break
                await conn.execute(write, [r["number"] for r in rows], [searchable(r["words"]) for r in rows])
            spelled += len(rows)
    return spelled
