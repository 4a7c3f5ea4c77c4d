"""Access to carriers' interfaces, by settings: whole or not at all, and never shown."""

from pathlib import Path

import pytest

from zhigan.processes import carriers
from zhigan.runtime.clock import HandClock
from zhigan.runtime.settings import SettingError, Settings

CTWING = {
    "ZHIGAN_CTWING_APP_KEY": "key", "ZHIGAN_CTWING_APP_SECRET": "very-secret",
    "ZHIGAN_CTWING_MASTER_KEYS": "15014772:mk1, 15114816:mk2",
}  # fmt: skip
OCEAN = {
    "ZHIGAN_HUAWEI_API": "https://ocean.example:8743/", "ZHIGAN_HUAWEI_APP_ID": "app", "ZHIGAN_HUAWEI_APP_SECRET": "s",
}  # fmt: skip
IOTDA = {
    "ZHIGAN_IOTDA_API": "https://iotda.example", "ZHIGAN_IOTDA_IAM": "https://iam.example", "ZHIGAN_IOTDA_PROJECT": "p",
    "ZHIGAN_IOTDA_USER": "domain/user", "ZHIGAN_IOTDA_PASSWORD": "word",
}  # fmt: skip


async def test_whole_accesses_open_and_none_is_none(hand_clock: HandClock) -> None:
    assert carriers.apis(Settings(), hand_clock) == {}
    whole = Settings.load({**CTWING, **OCEAN, "ZHIGAN_ONENET_ACCESS_KEYS": "pid:a2V5"})
    apis = carriers.apis(whole, hand_clock)
    assert set(apis) == {"ctwing", "onenet", "huawei"}
    for api in apis.values():
        await api.close()
    assert "very-secret" not in repr(whole) and "mk1" not in repr(whole)


@pytest.mark.parametrize("missing", [*CTWING, *OCEAN, *IOTDA])
def test_half_an_access_is_a_mistake_that_is_named(missing: str, hand_clock: HandClock) -> None:
    whole = next(part for part in (CTWING, OCEAN, IOTDA) if missing in part)
    with pytest.raises(SettingError, match=missing):
        carriers.apis(Settings.load({name: value for name, value in whole.items() if name != missing}), hand_clock)


async def test_onenets_two_consoles_are_one_access(hand_clock: HandClock) -> None:
    older = Settings.load({"ZHIGAN_ONENET_MASTER_KEY": "master-word"})
    apis = carriers.apis(older, hand_clock)
    assert set(apis) == {"onenet"} and "master-word" not in repr(older)
    await apis["onenet"].close()


def test_two_huaweis_are_one_too_many(hand_clock: HandClock) -> None:
    with pytest.raises(SettingError, match="set one"):
        carriers.apis(Settings.load({**OCEAN, **IOTDA}), hand_clock)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "orders"), ('{"1":{"silence":{}}}', "either"), ('{"1":{"silence":{"hex":"zz"}}}', "hex digits")],
)
def test_a_wrong_file_of_orders_stops_the_start(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(text)
    with pytest.raises(SettingError, match=said):
        carriers.book(Settings.load({"ZHIGAN_CARRIER_ORDERS": str(path)}))
