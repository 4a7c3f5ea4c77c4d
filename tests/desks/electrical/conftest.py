"""A school with a third-class circuit, over HTTP with real rows, for all that is tested of it."""

from pathlib import Path

import pytest

from desks.electrical.ground import Ground
from desks.site import school
from support.web import Web
from zhigan.commands import api as commands_api
from zhigan.desks.electrical import api, automatic_api, reclosing
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.desks.monthly import api as monthly_api
from zhigan.history import store as history
from zhigan.history.archive import Archive
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.processes.monthly import circuits, onlines
from zhigan.processes.standing import in_force
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.webapi.database import Database


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
        await history.prepare(conn, hand_clock.micros())
    given: dict[str, object] = {
        "importable": {},
        "interlock": CircuitInterlock(hand_clock),
        "ruling": in_force,
        "shelf": Shelf(tmp_path / "files"),
    }
    archive = Archive(tmp_path / "archive")
    given |= {
        "archive": archive,
        "press": Press(),
        "onlines": onlines,
        "circuits": circuits(Database(pool), archive, in_force),
    }
    doors = (api, automatic_api, reclosing, commands_api, registry_api, monthly_api)
    return Web(pool, hand_clock, [each for door in doors for each in door.handlers], tmp_path, given)


@pytest.fixture
async def ground(web: Web) -> Ground:
    made_ = Ground(web, await school(web))
    await made_.settles()
    return made_
