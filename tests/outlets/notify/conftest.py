"""A city whose people are told: the platform's own courier, real HTTP to providers that check signatures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.city import HANDLERS, City, living
from support.providers import ALIYUN, DING_SECRET, TENCENT, WEBHOOK, Providers, serving
from support.telling import Telling
from zhigan.outlets.notify import api
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.runtime.secrets import Secret
from zhigan.runtime.settings_notify import NotifySettings


def settings(url: str) -> NotifySettings:
    return NotifySettings(
        aliyun_key_id=ALIYUN.id, aliyun_key_secret=Secret(ALIYUN.secret), aliyun_sms_sign="智赣119",
        aliyun_sms_template="SMS_1", aliyun_voice_template="TTS_1", aliyun_url=url, tencent_key_id=TENCENT.id,
        tencent_key_secret=Secret(TENCENT.secret), tencent_sms_app="14001", tencent_sms_sign="智赣119",
        tencent_sms_template="77", tencent_url=url, webhook_url=f"{url}/hook", webhook_secret=Secret(WEBHOOK),
        wecom_robots=(Secret("wecom-key"),), wecom_url=f"{url}/wecom",
        dingtalk_robots=(Secret(f"ding-token:{DING_SECRET}"),), dingtalk_url=f"{url}/ding",
        receipts_token=Secret("receipts-secret"),
    )  # fmt: skip


@pytest.fixture
async def providers(hand_clock: HandClock) -> AsyncIterator[Providers]:
    async with serving(Providers(hand_clock)) as up:
        yield up


@pytest.fixture
async def telling(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, providers: Providers
) -> AsyncIterator[Telling]:
    desk = Desk(pool, hand_clock, settings(providers.url), answer_s=0.3)
    more = [*HANDLERS, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, more, {"desk": desk}) as city:
        yield Telling(city, Courier(pool, hand_clock, desk.planner, desk.delivery), desk, providers)
    await desk.close()


@pytest.fixture
def city(telling: Telling) -> City:
    return telling.city
