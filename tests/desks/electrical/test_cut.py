"""Circuits, the owner's consent, and a remote cut from the first word to its proof: over HTTP, with real rows."""

import asyncio
from datetime import timedelta

import pytest

from desks.site import OUTSIDE, made
from support.taken import unmarked
from zhigan.commands import store as commands
from zhigan.commands.model import State
from zhigan.desks.electrical import importing as electrical_importing
from zhigan.desks.electrical import rules, worker
from zhigan.history import rolling
from zhigan.history import store as history
from zhigan.registry import importing as registry_importing
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role

PNG = b"\x89PNG\r\n\x1a\nclosed by hand"
PDF = b"%PDF-1.7\nowner's consent"


async def test_a_cut_from_the_first_word_to_its_proof(ground):
    await ground.measures({"a": 12.0, "b": 11.5, "c": 9.0})
    assert [h["code"] for h in (await ground.sees())["hindrances"]] == ["command.consent"]
    assert (await ground.asks(ground.unit)).status_code == 409
    await ground.consents()
    seen = await ground.sees()
    assert (seen["hindrances"], seen["state"], seen["consented_until"] is not None) == ([], "live", True)
    command = await ground.approved()
    assert await ground.taken() == []
    ground.web.clock.advance(14)
    assert await worker.release(ground.web.db, ground.interlock, ground.web.clock.micros()) == 0
    assert await ground.counts_down() == 1
    assert await ground.counts_down() == 0
    assert await ground.taken() == [command]
    assert await ground.taken() == []
    await ground.marks(command, State.SENT, State.CONFIRMED)
    assert (await ground.state(command))[0] == "acknowledged"
    assert await ground.proved() == 0
    ground.web.clock.advance(5)
    await ground.measures({"a": 0.0, "b": 0.02})
    assert await ground.proved() == 0
    await ground.measures({"c": 0.1})
    assert await ground.proved() == 1
    state, said = await ground.state(command)
    assert (state, said.startswith("measured without current: A 0.00 A")) == ("confirmed", True)
    seen = await ground.sees()
    assert (seen["state"], seen["cuts"]) == ("dead", [command])
    async with ground.web.pool.acquire() as conn:
        lines = await conn.fetch("select action from access.audit where subject = $1 order by id", command)
    assert [r[0].removeprefix("command.") for r in lines] == [
        "awaiting_approval", "approved", "sent", "acknowledged", "confirmed",
    ]  # fmt: skip


async def test_current_that_still_flows_is_said_plainly(ground):
    await ground.consents()
    command = await ground.approved()
    await ground.counts_down()
    await ground.taken()
    await ground.marks(command, State.SENT, State.ACKNOWLEDGED)
    ground.web.clock.advance(30)
    await ground.measures({"a": 0.0, "b": 11.0, "c": 0.0})
    assert await ground.proved() == 0
    ground.web.clock.advance(rules.PROOF_WITHIN // SECOND)
    assert await ground.proved() == 1
    state, said = await ground.state(command)
    assert state == "failed"
    assert said.startswith("UNCONFIRMED: the device said yes, but current still flows: A 0.00 A")
    assert "B 11.00 A" in said


async def test_what_was_measured_before_proves_nothing(ground):
    await ground.consents()
    await ground.measures({"a": 0.0, "b": 0.0, "c": 5.0})
    command = await ground.approved()
    await ground.counts_down()
    await ground.taken()
    await ground.marks(command, State.SENT, State.ACKNOWLEDGED)
    ground.web.clock.advance(rules.PROOF_WITHIN // SECOND + 1)
    assert await ground.proved() == 1
    assert await ground.state(command) == (
        "failed", "UNCONFIRMED: the device said yes, but nothing was measured behind it",
    )  # fmt: skip


async def test_where_nothing_flowed_its_absence_proves_nothing(ground):
    await ground.consents()
    for word in (State.ACKNOWLEDGED, State.CONFIRMED):
        await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
        command = await ground.approved()
        await ground.counts_down()
        await ground.taken()
        await ground.marks(command, State.SENT, word)
        ground.web.clock.advance(30)
        await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
        assert await ground.proved() == 0
        if word is State.CONFIRMED:
            state, said = await ground.state(command)
            assert (state, said.startswith("by the breaker's own word")) == ("confirmed", True)
            return
        ground.web.clock.advance(rules.PROOF_WITHIN // SECOND)
        assert await ground.proved() == 1
        state, said = await ground.state(command)
        assert (state, "no current whose absence proves it" in said) == ("failed", True)


async def test_the_site_says_that_it_closed_the_breaker_and_silence_is_a_warning(ground):
    await ground.consents()
    await ground.measures({"a": 12.0, "b": 11.5, "c": 9.0})
    command = await ground.approved()
    path = f"/circuits/{ground.circuit}/cuts/{command}/reclosed"
    early = await ground.unit.post(path, json={"words": "已合闸"})
    assert (early.status_code, early.json()["code"]) == (409, "reclosed.never_sent")
    await ground.counts_down()
    await ground.taken()
    await ground.marks(command, State.SENT, State.ACKNOWLEDGED)
    ground.web.clock.advance(5)
    await ground.measures({"a": 0.0, "b": 0.0, "c": 0.0})
    assert await ground.proved() == 1
    assert not (await ground.sees())["back_unsaid"]
    ground.web.clock.advance(600)
    await ground.measures({"a": 3.0, "b": 3.0, "c": 0.0})
    assert (await ground.sees())["back_unsaid"]
    duty = await ground.web.person("partner", Role.AUDITOR)
    assert (await duty.post(path, json={"words": "已合闸"})).status_code == 403
    grid = await ground.web.person("grid", Role.GRID, "unit:U1")
    bad = await grid.post(f"{path}/photo", data={"words": "已合闸"}, files={"file": ("x.html", b"<script>")})
    assert (bad.status_code, bad.json()["errors"][0]["code"]) == (400, "reclosed.photo")
    future = (ground.web.clock.now() + timedelta(hours=1)).isoformat()
    assert (await grid.post(path, json={"words": "已合闸", "at": future})).status_code == 400
    form = {"words": "插座已更换，现场合闸", "at": ground.web.clock.now().isoformat()}
    said = await grid.post(f"{path}/photo", data=form, files={"file": ("合闸.png", PNG)})
    assert said.status_code == 201, said.text
    assert (await grid.post(path, json={"words": "再说一次"})).json()["code"] == "reclosed.said"
    seen = await ground.sees()
    assert (seen["back_unsaid"], seen["reclosed"][0]["words"]) == (False, "插座已更换，现场合闸")
    photo = await ground.lead.get(f"{path}/photo")
    assert (photo.content, photo.headers["content-type"]) == (PNG, "image/png")
    for n, scope in enumerate(OUTSIDE):
        outside = await ground.web.person(f"out{n}", Role.OPERATOR, scope)
        assert (await outside.post(path, json={"words": "已合闸"})).status_code == 404
        assert (await outside.get(f"{path}/photo")).status_code == 404


@pytest.mark.parametrize("role", [Role.UNIT, Role.DUTY, Role.GRID, Role.PROPERTY])
async def test_anyone_involved_stops_the_countdown(ground, role):
    await ground.consents()
    command = await ground.approved()
    ground.web.clock.advance(10)
    stopper = await ground.web.person("stopper", role, "unit:U1")
    assert "cancel" in (await stopper.get(f"/commands/{command}")).json()["steps"]
    assert (await stopper.post(f"/commands/{command}/cancel", json={"note": "有人在用电梯"})).status_code == 200
    assert await ground.counts_down() == 0
    assert await ground.taken() == []


async def test_what_changes_in_the_countdown_ends_it(ground):
    consent = await ground.consents()
    command = await ground.approved()
    path = f"/circuits/{ground.circuit}/consents/{consent}/revoke"
    assert (await ground.unit.post(path, json={"why": "设备调试,暂停授权"})).status_code == 200
    assert (await ground.unit.post(path, json={"why": "再次"})).status_code == 409
    assert await ground.counts_down() == 0
    state, said = await ground.state(command)
    assert (state, said) == ("cancelled", "The owner has not given written consent (cut_authorisation).")
    await ground.consents()
    command = await ground.approved()
    change = ground.new(load_class="second", feeds=["sockets", "medical"])
    assert (await ground.operator.put(f"/circuits/{ground.circuit}", json=change)).status_code == 200
    assert await ground.counts_down() == 0
    assert "(medical)" in (await ground.state(command))[1]


async def test_a_circuit_that_is_deleted_in_the_countdown_is_not_cut(ground):
    async with ground.web.pool.acquire() as conn:
        entry = "update registry.device set load_class = 'general', cut_by = '业主', cut_until = $2 where id = $1::uuid"
        await conn.execute(entry, ground.breaker, ground.web.clock.now() + timedelta(days=9))
    await ground.consents()
    command = await ground.approved()
    assert (await ground.operator.delete(f"/circuits/{ground.circuit}")).status_code == 204
    assert await ground.counts_down() == 0
    wanted = "The breaker's circuit was changed or deleted meanwhile."
    assert await ground.state(command) == ("cancelled", wanted)


async def test_a_fire_in_the_building_leaves_the_cutting_to_its_panel(ground):
    await ground.consents()
    command = await ground.approved()
    await ground.burns()
    assert await ground.counts_down() == 0
    wanted = "There is an open fire in this building: the fire alarm panel cuts by itself."
    assert await ground.state(command) == ("cancelled", wanted)
    refused = await ground.asks(ground.unit)
    assert (refused.status_code, refused.json()["detail"]) == (409, wanted)
    assert [h["code"] for h in (await ground.sees())["hindrances"]] == ["command.burning"]
    assert (
        await ground.operator.put(f"/circuits/{ground.circuit}", json=ground.new(panel_cuts=False))
    ).status_code == 200
    assert (await ground.asks(ground.unit)).status_code == 202


async def test_an_order_does_not_outlive_its_time(ground):
    await ground.consents()
    command = await ground.approved()
    await ground.counts_down()
    assert await ground.taken() == [command]
    ground.web.clock.advance(121)
    async with ground.web.pool.acquire() as conn:
        assert not await commands.mark(conn, command, State.SENT, "", ground.web.clock.micros())
        assert not await commands.handing(conn, command, ground.web.clock.micros())
    assert await ground.state(command) == ("expired", "its time was over before it was sent")


async def test_of_one_breaker_one_cut_is_on_its_way(ground):
    await ground.consents()
    asked = [(await ground.asks(ground.unit)).json()["id"] for _ in range(3)]
    answers = await asyncio.gather(*(ground.lead.post(f"/commands/{id_}/approve", json={}) for id_ in asked))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"command.under_way"}
    assert await ground.counts_down() == 1
    assert len(await ground.taken()) == 1


async def test_two_workers_release_once(ground):
    await ground.consents()
    command = await ground.approved()
    ground.web.clock.advance(15)
    now = ground.web.clock.micros()
    released = await asyncio.gather(*(worker.release(ground.web.db, ground.interlock, now) for _ in range(4)))
    assert sorted(released) == [0, 0, 0, 1]
    assert await ground.taken() == [command]


async def test_the_owners_paper_is_kept_and_shown_again(ground):
    path = f"/circuits/{ground.circuit}/consents/file"
    until = (ground.web.clock.now() + timedelta(days=365)).isoformat()
    form = {"given_by": "校长 周某", "signed_on": "2026-11-01", "ends_at": until}
    made_ = await ground.unit.post(path, data=form, files={"file": ("同意书.pdf", PDF)})
    assert made_.status_code == 201, made_.text
    assert (made_.json()["file"], made_.json()["standing"]) == ("同意书.pdf", True)
    shown = await ground.lead.get(f"/circuits/{ground.circuit}/consents/{made_.json()['id']}/file")
    assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
    wrong = await ground.unit.post(path, data=form, files={"file": ("x.html", b"<script>")})
    assert wrong.status_code == 400
    duty = await ground.web.person("duty", Role.DUTY)
    assert (await duty.post(path, data=form, files={"file": ("x.pdf", PDF)})).status_code == 403
    past = {"given_by": "周某", "signed_on": "2026-11-01", "words": "同意在紧急情况下远程切断本回路电源。"}
    for ends in (ground.web.clock.now() - timedelta(1), ground.web.clock.now() + timedelta(days=5000)):
        body = {**past, "ends_at": ends.isoformat()}
        assert (await ground.unit.post(f"/circuits/{ground.circuit}/consents", json=body)).status_code == 400


async def test_the_register_finds_pages_and_takes_out(ground):
    for n in range(4, 9):
        body = ground.new(code=f"AL1-{n}", name=f"照明{n}", feeds=["lighting"], breaker_id=None, channels=[])
        await made(ground.operator, "/circuits", body)
    await ground.measures({"a": 41.0, "b": 33.0, "c": 9.0})
    await ground.measures({"": 250.0}, "residual_current")
    await ground.consents()
    first = (await ground.unit.get("/circuits?limit=4")).json()
    rest = (await ground.unit.get(f"/circuits?limit=4&cursor={first['next']}")).json()
    assert [c["code"] for c in first["items"] + rest["items"]] == [f"AL1-{n}" for n in range(3, 9)]
    assert rest["next"] is None
    shown = {(c["metric"], c["phase"]): (c["value"], c["level"]) for c in first["items"][0]["channels"]}
    assert shown == {
        ("residual_current", ""): (250.0, "near"), ("current", "a"): (41.0, "over"), ("current", "b"): (33.0, "near"),
        ("current", "c"): (9.0, "normal"),
    }  # fmt: skip
    for asked, count in (("q=照明 AL1-5", 1), ("cuttable=true", 1), ("cuttable=false", 5), ("load_class=second", 0)):
        assert len((await ground.unit.get(f"/circuits?{asked}")).json()["items"]) == count, asked
    found = (await ground.unit.get(f"/circuits?device_id={ground.phases['b']}")).json()["items"]
    assert [c["code"] for c in found] == ["AL1-3"]
    taken = await ground.unit.get("/circuits/export.csv?columns=code,feeds,breaker&encoding=utf-8")
    assert unmarked(taken.text)[:2] == ["code,feeds,breaker", "AL1-3,sockets,总插座空开"]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"feeds": ["sockets", "fire_pump"]}, "load_class"),
        ({"feeds": ["nonsense"]}, "feeds"),
        ({"code": "  "}, "code"),
        ({"breaker_id": "smoke"}, "breaker_id"),
        ({"channels": [{"metric": "smoke", "device_id": "smoke"}]}, "channels"),
    ],
)
async def test_what_is_wrong_with_a_circuit_is_named(ground, over, field):
    ids = {k: ground.ids.get(v, v) if isinstance(v, str) else v for k, v in over.items()}
    for channel in ids.get("channels", []):
        channel["device_id"] = ground.ids["smoke"]
    answer = await ground.operator.post("/circuits", json=ground.new(**{"code": "X", **ids}))
    assert answer.status_code == 400, answer.text
    assert field in {e["field"] for e in answer.json()["errors"]}


async def test_outside_the_scope_there_is_no_circuit(ground):
    consent = await ground.consents()
    for n, scope in enumerate(OUTSIDE):
        outside = await ground.web.person(f"out{n}", Role.OPERATOR, scope)
        assert (await outside.get("/circuits")).json()["items"] == []
        for method, path, body in (
            ("get", "", None),
            ("put", "", ground.new()),
            ("delete", "", None),
            (
                "post",
                "/consents",
                {"given_by": "x", "signed_on": "2026-11-01", "ends_at": "2027-01-01T00:00:00Z", "words": "x" * 20},
            ),
            ("post", f"/consents/{consent}/revoke", {"why": "x"}),
            ("get", f"/consents/{consent}/file", None),
            ("get", "/outlook", None),
        ):
            answer = await outside.request(method.upper(), f"/circuits/{ground.circuit}{path}", json=body)
            assert answer.status_code == 404, (scope, method, path, answer.text)
    grid = await ground.web.person("grid", Role.GRID, "unit:U1")
    assert (await grid.delete(f"/circuits/{ground.circuit}")).status_code == 403
    assert (await ground.operator.delete(f"/circuits/{ground.circuit}")).status_code == 204
    assert (await ground.unit.get(f"/circuits/{ground.circuit}")).status_code == 404


async def test_what_keeps_rising_is_told_with_its_days_to_the_limit(ground):
    assert (await ground.unit.get(f"/circuits/{ground.circuit}/outlook")).json() == {"days": 30, "rising": []}
    for day in range(12):
        async with ground.web.pool.acquire() as conn:
            await history.prepare(conn, ground.web.clock.micros())
        await ground.measures({"": 120.0 + 8 * day + (3, -2, 1, -4, 0)[day % 5]}, "residual_current")
        await ground.measures({"a": 20.0})
        ground.web.clock.advance(86_400)
    async with ground.web.pool.acquire() as conn:
        assert (await rolling.roll(conn, ground.web.clock.micros())).computed == 12
        assert (await rolling.roll_days(conn, ground.web.clock.micros())).computed == 12
    later = await ground.web.person("later", Role.UNIT, "unit:U1")
    seen = (await later.get(f"/circuits/{ground.circuit}/outlook")).json()["rising"]
    assert [(r["metric"], r["phase"], r["days_seen"], r["limit"]) for r in seen] == [
        ("residual_current", "", 12, 300.0)
    ]
    assert 7 < seen[0]["per_day"] < 9
    assert seen[0]["per_day_low"] <= seen[0]["per_day"] <= seen[0]["per_day_high"]
    assert seen[0]["soonest_days"] <= seen[0]["days"] <= seen[0]["latest_days"]
    assert 8 < seen[0]["days"] < 14


async def test_circuits_from_a_sheet(ground, tmp_path):
    sheet = tmp_path / "circuits.csv"
    head = "unit_code,code,name,building,panel,phases,rating_a,load_class,feeds,breaker,channels"
    channels = "current.a=brk-1/phase-a;residual_current=brk-1"
    good = f"U1,AL1-3,教学楼三层插座,1号楼,AL1,3,63,third,sockets;lighting,brk-1,{channels}"
    new = "U1,AL2-1,消防水泵,1,AP,3,100,first,fire_pump,,"
    bad = "U1,AL2-2,错,1,AP,3,100,third,fire_pump,,\nU9,AL1,无此单位,,,,,,,,\nU1,AL2-3,错,,,,,,sockets,nowhere,"
    sheet.write_text("\n".join((head, good, new, bad)), "utf-8")
    said: list[str] = []
    async with ground.web.pool.acquire() as conn:
        code = await registry_importing.run(
            "circuits", sheet, conn, ground.web.clock, said.append, electrical_importing.CHOICE
        )
        assert (code, said[-1]) == (1, "circuits: 5 lines, 1 added, 1 changed, 0 as before, 3 bad"), said
        assert [line.split(":")[0] for line in said[:-1]] == ["line 4", "line 5", "line 6"]
        said.clear()
        await registry_importing.run(
            "circuits", sheet, conn, ground.web.clock, said.append, electrical_importing.CHOICE
        )
        assert said[-1] == "circuits: 5 lines, 0 added, 0 changed, 2 as before, 3 bad"
    seen = await ground.sees()
    assert (seen["rating_a"], seen["place"], seen["feeds"]) == (63.0, "三层电井", ["sockets", "lighting"])
    assert [(c["metric"], c["phase"]) for c in seen["channels"]] == [("residual_current", ""), ("current", "a")]
