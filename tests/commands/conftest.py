from pathlib import Path

import pytest

from support.web import Web
from zhigan.commands import api
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    return Web(pool, hand_clock, api.handlers, tmp_path, {"interlock": CircuitInterlock(hand_clock)})
