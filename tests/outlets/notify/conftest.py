"""A city whose people are told: the platform's own courier, real HTTP to providers that check signatures."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from support import makers
from support.city import HANDLERS, City, living
from support.post import Post, posting
from support.providers import ALIYUN, DING_SECRET, MINI, ROBOT, TENCENT, WEBHOOK, WECHAT, Providers, serving
from support.telling import Telling
from zhigan.outlets.notify import api
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.protocols.couriers import webpush
from zhigan.runtime.clock import HandClock
from zhigan.runtime.outward import ANSWER_S
from zhigan.runtime.pg import Pool
from zhigan.runtime.secrets import Secret
from zhigan.runtime.settings_notify import NotifySettings


def settings(url: str) -> NotifySettings:
    return NotifySettings(
        aliyun_key_id=ALIYUN.id, aliyun_key_secret=Secret(ALIYUN.secret), aliyun_sms_sign="智赣119",
        aliyun_sms_template="SMS_1", aliyun_voice_template="TTS_1", aliyun_url=url, tencent_key_id=TENCENT.id,
        tencent_key_secret=Secret(TENCENT.secret), tencent_sms_app="14001", tencent_sms_sign="智赣119",
        tencent_sms_template="77", tencent_url=url, webhook_url=f"{url}/hook", webhook_secret=Secret(WEBHOOK),
        wecom_robots=(Secret(ROBOT),), wecom_url=f"{url}/wecom",
        dingtalk_robots=(Secret(f"ding-token:{DING_SECRET}"),), dingtalk_url=f"{url}/ding",
        receipts_token=Secret("receipts-secret"),
    )  # fmt: skip


def everything(url: str, smtp: str) -> NotifySettings:
    """All that can be set."""
    return msgspec.structs.replace(
        settings(url), wechat_app=WECHAT[0], wechat_secret=Secret(WECHAT[1]), wechat_template="T1",
        miniprogram_app=MINI[0], miniprogram_secret=Secret(MINI[1]), miniprogram_template="T2", wechat_url=url,
        push_package=makers.PACKAGE, push_huawei_app=makers.APP, push_huawei_secret=Secret(makers.SECRET),
        push_huawei_url=url, push_xiaomi_secret=Secret(makers.SECRET), push_xiaomi_url=url, push_oppo_key=makers.KEY,
        push_oppo_secret=Secret(makers.SECRET), push_oppo_url=url, push_vivo_app=makers.APP, push_vivo_key=makers.KEY,
        push_vivo_secret=Secret(makers.SECRET), push_vivo_url=url, webpush_subject="mailto:duty@example.org",
        webpush_hosts=url, push_huawei_callback_user=CALLBACK[0], push_huawei_callback_secret=Secret(CALLBACK[1]),
        receipts_url="https://fire.example.org", smtp_url=Secret(smtp), smtp_from="duty@example.org",
    )  # fmt: skip


CALLBACK = ("zhigan", "callback-key-4d1a")
"""User name and key as they are entered at Huawei's console."""
PUSH_KEY = webpush.Key(bytes(31) + b"\x07")


@pytest.fixture
def answer_s(request: pytest.FixtureRequest) -> float:
    """As long as production waits: a busy machine's pause is no silence. Short where somebody is silent on purpose."""
    return 0.3 if request.node.get_closest_marker("impatient") else ANSWER_S


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with posting() as up:
        yield up


@pytest.fixture
async def whole(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, providers: Providers, post: Post, answer_s: float
) -> AsyncIterator[Telling]:
    """A city with every channel that there is."""
    providers.makers.subscribed = PUSH_KEY.public
    desk = Desk(pool, hand_clock, everything(providers.url, post.url), answer_s=answer_s, push_key=PUSH_KEY)
    async with living(dsn, pool, tmp_path, hand_clock, [*HANDLERS, *api.handlers], {"desk": desk}) as city:
        yield Telling(city, Courier(pool, hand_clock, desk.planner, desk.delivery), desk, providers)
    await desk.close()


@pytest.fixture
async def providers(hand_clock: HandClock) -> AsyncIterator[Providers]:
    async with serving(Providers(hand_clock)) as up:
        yield up


@pytest.fixture
async def telling(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, providers: Providers, answer_s: float
) -> AsyncIterator[Telling]:
    desk = Desk(pool, hand_clock, settings(providers.url), answer_s=answer_s)
    more = [*HANDLERS, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, more, {"desk": desk}) as city:
        yield Telling(city, Courier(pool, hand_clock, desk.planner, desk.delivery), desk, providers)
    await desk.close()


@pytest.fixture
def city(telling: Telling) -> City:
    return telling.city
