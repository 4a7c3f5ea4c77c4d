"""A city beside a 119 command centre: the platform's own dispatcher and real HTTP between the two."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from citysim.centre119 import Centre
from support.city import HANDLERS, City, living
from support.handing import TOKEN, Handing
from zhigan.access.vault import Vault
from zhigan.desks.plans import api as plans_api
from zhigan.outlets.dispatch import api
from zhigan.outlets.dispatch.desk import Dispatch
from zhigan.outlets.dispatch.worker import Dispatcher
from zhigan.processes.plan_files import FloorPlans
from zhigan.runtime.clock import HandClock
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    made = Centre(token=TOKEN)
    yield made
    await made.close()


@pytest.fixture
async def handing(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, centre: Centre
) -> AsyncIterator[Handing]:
    port = await centre.open("127.0.0.1", 0)
    dispatch = Dispatch(
        pool, hand_clock, Vault(b"story"), Outward(guard=Guard(NEAR)), FloorPlans(), "http://platform.test"
    )
    more = [*HANDLERS, *plans_api.handlers, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, more, {"dispatch": dispatch}) as city:
        dispatcher = Dispatcher(pool, hand_clock, dispatch.planner, dispatch.delivery)
        yield Handing(city, dispatcher, dispatch, centre, f"http://127.0.0.1:{port}")
    await dispatch.close()


@pytest.fixture
def city(handing: Handing) -> City:
    return handing.city
