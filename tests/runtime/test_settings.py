"""Settings: the environment over the file over the defaults; a wrong value is told by name; secrets stay inside."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.runtime.settings import Endpoint, Secret, SettingError, Settings


def test_without_anything_the_contracts_defaults() -> None:
    settings = Settings.load({}, None)
    assert settings == Settings()
    assert settings.data == Path("data")
    assert (str(settings.http), str(settings.gb26875)) == ("127.0.0.1:8119", "127.0.0.1:5119")
    assert settings.coap == Endpoint("127.0.0.1", 5683)
    assert (settings.database_url, settings.bus_url, settings.mqtt, settings.sip, settings.coaps) == (None,) * 5


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "zhigan.toml"
    file.write_text('http = "0.0.0.0:80"\npoll_seconds = 60\ncoap = ""\nctwing_token = "file-secret"\n', "utf-8")
    settings = Settings.load({"ZHIGAN_HTTP": "[::1]:81", "ZHIGAN_CTWING_TOKEN": "environment"}, file)
    assert settings.http == Endpoint("::1", 81)
    assert settings.poll_seconds == 60
    assert settings.coap is None
    assert settings.ctwing_token == Secret("environment")


def test_empty_is_off_where_there_is_an_off_and_unset_elsewhere() -> None:
    settings = Settings.load({"ZHIGAN_COAP": "", "ZHIGAN_HTTP": " ", "ZHIGAN_DATABASE_URL": ""}, None)
    assert settings.coap is None
    assert settings.http == Settings().http
    assert settings.database_url is None


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert Settings.load({}, tmp_path / "zhigan.toml") == Settings()


WRONG = [
    ("ZHIGAN_HTTP", "8119", "HOST:PORT"),
    ("ZHIGAN_HTTP", "127.0.0.1:", "HOST:PORT"),
    ("ZHIGAN_HTTP", "127.0.0.1:65536", "HOST:PORT"),
    ("ZHIGAN_HTTP", "::1:80", "HOST:PORT"),
    ("ZHIGAN_GB26875", ":5119", "HOST:PORT"),
    ("ZHIGAN_COAP", "here", "HOST:PORT"),
    ("ZHIGAN_DATABASE_URL", "mysql://u@h/d", "postgresql://"),
    ("ZHIGAN_BUS_URL", "http://h", "nats://"),
    ("ZHIGAN_MQTT", "mqtt://", "mqtt://"),
    ("ZHIGAN_ONENET_TOKEN", "short", "at least 8"),
    ("ZHIGAN_ONENET_TOKEN", "with a blank inside", "blank"),
    ("ZHIGAN_LOG_LEVEL", "loud", "debug, info"),
    ("ZHIGAN_POLL_SECONDS", "7201", "10 to 7200"),
    ("ZHIGAN_POLL_SECONDS", "often", "whole number"),
    ("ZHIGAN_EVENT_DAYS", "365", "366"),
    ("ZHIGAN_MAP_TILES", "https://tiles.example/x.png", "{z}"),
    ("ZHIGAN_MAP_TILES", "https://a b;script-src */{z}/{x}/{y}", "https"),
]


@pytest.mark.parametrize(("name", "value", "want"), WRONG)
def test_a_wrong_value_is_told_by_name_and_expectation(name: str, value: str, want: str) -> None:
    with pytest.raises(SettingError, match=want) as caught:
        Settings.load({name: value}, None)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("htpp = '127.0.0.1:1'", "'htpp'"),
        ("poll_seconds = true", "poll_seconds"),
        ("http = ['a']", "http"),
        ("http = 7", "http wants HOST:PORT"),
        ("http = ", "zhigan.toml"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "zhigan.toml"
    file.write_text(text)
    with pytest.raises(SettingError, match=said):
        Settings.load({}, file)


@given(st.text(st.characters(codec="ascii", exclude_characters=" \t\n\r\v\f\x1c\x1d\x1e\x1f"), min_size=8, max_size=40))
def test_secrets_are_not_shown(secret: str) -> None:
    text = f"geheim{secret}".replace("\x00", "")
    settings = Settings.load({"ZHIGAN_HUAWEI_TOKEN": text, "ZHIGAN_DATABASE_URL": f"postgresql://u:{text}@h/d"}, None)
    assert settings.huawei_token is not None
    assert settings.huawei_token.reveal() == text.strip()
    assert "geheim" not in repr(settings)
    assert "geheim" not in f"{settings.huawei_token} {settings.database_url!r}"


def test_a_wrong_secret_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(SettingError) as caught:
        Settings.load({"ZHIGAN_DATABASE_URL": "user:geheim@host"}, None)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None
