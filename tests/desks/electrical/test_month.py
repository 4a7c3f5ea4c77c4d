"""A month of a unit's circuits on page, paper and sheet: what was measured, what rises, what was cut."""

from desks.electrical.ground import Ground
from desks.site import OUTSIDE
from support.taken import unmarked
from zhigan.commands.model import State
from zhigan.history import rolling
from zhigan.history import store as history
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import Role


async def _lived(ground: Ground) -> str:
    """Ten days of the next month, with a cut that was proved and one that was stopped; the month."""
    clock = ground.web.clock
    while clock.now().astimezone(SHANGHAI).day != 1:
        clock.advance(86_400)
    for day in range(10):
        async with ground.web.pool.acquire() as conn:
            await history.prepare(conn, clock.micros())
        await ground.measures({"": 120.0 + 8 * day + (3, -2, 1, -4, 0)[day % 5]}, "residual_current")
        await ground.measures({"a": 20.0 + day, "b": 12.0, "c": 10.0})
        clock.advance(86_400)
    ground.unit = await ground.web.person("unit-later", Role.UNIT, "unit:U1")
    ground.lead = await ground.web.person("lead-later", Role.LEAD)
    await ground.consents()
    stopped = await ground.approved()
    await ground.unit.post(f"/commands/{stopped}/cancel", json={})
    clock.advance(60)
    cut = await ground.approved()
    await ground.counts_down()
    await ground.taken()
    await ground.marks(cut, State.SENT, State.ACKNOWLEDGED)
    clock.advance(5)
    await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
    assert await ground.proved() == 1
    async with ground.web.pool.acquire() as conn:
        for roll in (rolling.roll, rolling.roll_days):
            while (await roll(conn, clock.micros())).more:
                pass
    return f"{clock.now().astimezone(SHANGHAI):%Y-%m}"


async def test_a_month_of_circuits_on_page_paper_and_sheet(ground):
    month = await _lived(ground)
    path = f"/units/{ground.ids['unit']}/circuits/monthly"
    seen = (await ground.unit.get(f"{path}?month={month}")).json()
    assert (seen["title"], seen["over"], seen["month"]) == ("用电安全月报", False, month)
    tables = {table["id"]: table["rows"] for table in seen["tables"]}
    (one,) = tables["circuits"]
    assert one == ["AL1-3 教学楼三层插座", "192 / 156", "–", "29.0 / 15.5", "72 %", "0", "2"]
    ((name, what, rate, *_, days),) = tables["rising"]
    assert (name, what, rate[0]) == ("AL1-3 教学楼三层插座", "剩余电流", "+")
    assert 8 < float(days.split()[0]) < 20
    assert [row[-1] for row in tables["cuts"]] == ["叫停或未下发", "已断电（确认）"]
    assert (await ground.unit.get(f"{path}?month={month}&lang=en")).json()["tables"][0]["heads"][0] == "Circuit"
    paper = await ground.unit.get(f"{path}/report.pdf?month={month}")
    assert paper.content.startswith(b"%PDF"), paper.text
    sheet = unmarked((await ground.unit.get(f"{path}/export.csv?month={month}&encoding=utf-8")).text)
    assert any(line.startswith("断电记录,") and line.endswith(",结果,已断电（确认）") for line in sheet)
    assert "各回路,AL1-3 教学楼三层插座,电流 最大/平均 A,29.0 / 15.5" in sheet
    async with ground.web.pool.acquire() as conn:
        lines = await conn.fetch("select action from access.audit where action like 'circuits_month.%' order by id")
    assert [r[0] for r in lines] == ["circuits_month.printed", "circuits_month.exported"]


async def test_a_month_of_others_does_not_exist(ground):
    path = f"/units/{ground.ids['unit']}/circuits/monthly"
    for n, scope in enumerate(OUTSIDE):
        outside = await ground.web.person(f"out{n}", Role.OPERATOR, scope)
        for tail in ("", "/report.pdf", "/export.csv"):
            assert (await outside.get(path + tail)).status_code == 404, (scope, tail)
    assert (await ground.unit.get(f"{path}?month=2031-01")).json()["code"] == "value.month"
    nothing = (await ground.unit.get(path)).json()["tables"]
    assert [row[1:] for row in nothing[0]["rows"]] == [["–", "–", "–", "–", "0", "0"]]
