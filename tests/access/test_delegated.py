"""A district manages its own accounts, and nothing beyond; the city reads who did what, by district."""

import pytest

from support.web import PASSWORD, Web
from zhigan.vocabulary.roles import Role


@pytest.mark.parametrize(
    ("own", "inside", "beyond"),
    [
        ("area:360802", "area:360802+industry:health", "area:360803"),
        ("industry:education", "industry:education+area:360802", "industry:health"),
    ],
)
async def test_a_district_or_an_industry_manages_its_own(web: Web, own: str, inside: str, beyond: str) -> None:
    chief = await web.person("chief", Role.ADMIN, own)
    new = {"role": "duty", "password": PASSWORD}
    assert (await chief.post("/accounts", json={**new, "name": "in", "scope": inside})).status_code == 201
    assert (await chief.post("/accounts", json={**new, "name": "out", "scope": beyond})).status_code == 403
    assert (await chief.post("/accounts", json={**new, "name": "city", "scope": "city"})).status_code == 403
    city = await web.person("city-admin", Role.ADMIN)
    theirs = (await city.post("/accounts", json={**new, "name": "theirs", "scope": beyond})).json()["id"]
    assert (await chief.patch(f"/accounts/{theirs}", json={"disabled": True})).status_code == 404
    assert {a["name"] for a in (await chief.get("/accounts")).json()["items"]} == {"chief", "in"}


async def test_the_city_reads_what_a_district_s_people_did(web: Web) -> None:
    new = {"role": "duty", "password": PASSWORD}
    for area in ("360802", "360803"):
        chief = await web.person(f"chief-{area}", Role.ADMIN, f"area:{area}")
        made = await chief.post("/accounts", json={**new, "name": f"duty-{area}", "scope": f"area:{area}"})
        assert made.status_code == 201
    auditor = await web.person("auditor", Role.AUDITOR)
    of_one = (await auditor.get("/audit", params={"area": "360802", "action": "account.created"})).json()["items"]
    assert [(e["name"], e["subject"]) for e in of_one] == [("chief-360802", "duty-360802")]
    every = (await auditor.get("/audit", params={"area": "3608", "action": "account.created"})).json()["items"]
    assert len(every) == 2
    assert (await auditor.get("/audit", params={"area": "x"})).status_code == 400
    county = await web.person("county", Role.AUDITOR, "area:360803")
    assert (await county.get("/audit", params={"area": "360802"})).json()["items"] == []
