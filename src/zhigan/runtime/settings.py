"""Settings: what the operator decides, read once, checked, typed.

Enters: environment variables `ZHIGAN_…` and, below them, a `zhigan.toml` with the same names in lower case without the
prefix. Leaves: one frozen `Settings`. A wrong value stops the start with a sentence that names the variable and says
what it wants. Absent: policy (policy.md is versioned data in the database), and switches that are nobody's decision.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

import msgspec

from zhigan.runtime import settings_archive, settings_notify
from zhigan.runtime.secrets import Secret
from zhigan.runtime.settings_archive import ArchiveSettings
from zhigan.runtime.settings_notify import NotifySettings

__all__ = ["Endpoint", "Secret", "SettingError", "Settings"]

PREFIX = "ZHIGAN_"
Network = IPv4Network | IPv6Network
T = TypeVar("T")


class SettingError(ValueError):
    """A setting has a value that it cannot have; the message names the variable and what it wants."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a server listens. Port 0: the system chooses."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Names are the variables' without `ZHIGAN_`, in lower case. Meanings: docs and `_read` below."""

    data: Path = Path("data")
    database_url: Secret | None = None
    pg_bin: Path | None = None
    bus_url: Secret | None = None
    secret_key: Secret | None = None
    http: Endpoint = Endpoint("127.0.0.1", 8119)
    gb26875: Endpoint = Endpoint("127.0.0.1", 5119)
    coap: Endpoint | None = Endpoint("127.0.0.1", 5683)
    coaps: Endpoint | None = None
    mqtt: Secret | None = None
    mqtt_ca: Path | None = None
    mqtt_cert: Path | None = None
    mqtt_client: str = "zhigan"
    mqtt_share: str = ""
    mqtt_version: str = "5"
    mqtt_profiles: Path | None = None
    ctwing_token: Secret | None = None
    onenet_token: Secret | None = None
    huawei_token: Secret | None = None
    onenet_signing_token: Secret | None = None
    onenet_aes_key: Secret | None = None
    carrier_hosts: tuple[Network, ...] = ()
    pushes_per_second: int = 2000
    outward_networks: tuple[Network, ...] = ()
    modbus_networks: tuple[Network, ...] = ()
    modbus_maps: Path | None = None
    carrier_orders: Path | None = None
    ctwing_api: str = "https://ag-api.ctwing.cn"
    ctwing_app_key: Secret | None = None
    ctwing_app_secret: Secret | None = None
    ctwing_master_keys: Secret | None = None
    onenet_api: str = "https://iot-api.heclouds.com"
    onenet_access_keys: Secret | None = None
    onenet_legacy_api: str = "https://api.heclouds.com"
    onenet_master_key: Secret | None = None
    huawei_api: str = ""
    huawei_app_id: Secret | None = None
    huawei_app_secret: Secret | None = None
    huawei_cert: Path | None = None
    huawei_ca: Path | None = None
    iotda_api: str = ""
    iotda_iam: str = ""
    iotda_project: str = ""
    iotda_user: str = ""
    iotda_password: Secret | None = None
    sip: Endpoint | None = None
    log_level: str = "info"
    log_format: str = "auto"
    poll_seconds: int = 3600
    duty_check_minutes: int = 10
    link_lost_hours: int = 24
    idle_seconds: int = 600
    first_frame_seconds: int = 30
    connections_max: int = 20_000
    connections_per_host_max: int = 1_000
    signal_days: int = 30
    archive_days: int = 400
    incident_hours: int = 24
    event_days: int = 400
    spool_mib: int = 4096
    map_tiles: str = ""
    map_approval: str = ""
    public_url: str = ""
    notify: NotifySettings = NotifySettings()
    archive: ArchiveSettings = ArchiveSettings()

    @staticmethod
    def load(environ: Mapping[str, str], toml_path: Path | None = None) -> "Settings":
        """The environment wins over the file; a file that is not there is an empty one."""
        return _read(_Source(environ, _toml(toml_path)))


def _read(source: "_Source") -> Settings:
    """One line a variable. A file may not hold a name that no line asks for: that would be a silent typo."""
    standard = Settings()
    settings = Settings(
        data=source.get("DATA", _path, standard.data, "a folder"),
        database_url=source.switched(
            "DATABASE_URL", _url("postgresql", "postgres"), None, "postgresql://user@host/database"
        ),
        pg_bin=source.switched("PG_BIN", _path, None, "the folder that holds `postgres` and `initdb`"),
        bus_url=source.switched("BUS_URL", _url("nats", "tls"), None, "nats://host:port"),
        secret_key=source.switched("SECRET_KEY", _key, None, "a secret of at least 32 characters without blanks"),
        http=source.get("HTTP", _endpoint, standard.http, _ENDPOINT),
        gb26875=source.get("GB26875", _endpoint, standard.gb26875, _ENDPOINT),
        coap=source.switched("COAP", _endpoint, standard.coap, _ENDPOINT),
        coaps=source.switched("COAPS", _endpoint, None, _ENDPOINT),
        mqtt=source.switched("MQTT", _url("mqtt", "mqtts"), None, "mqtt://host:port or mqtts://host:port"),
        ctwing_token=source.switched("CTWING_TOKEN", _token, None, _LONG_ENOUGH),
        onenet_token=source.switched("ONENET_TOKEN", _token, None, _LONG_ENOUGH),
        huawei_token=source.switched("HUAWEI_TOKEN", _token, None, _LONG_ENOUGH),
        onenet_signing_token=source.switched("ONENET_SIGNING_TOKEN", Secret, None, "the token entered at OneNET"),
        onenet_aes_key=source.switched("ONENET_AES_KEY", _aes_key, None, "OneNET's key of 43 or 16 characters"),
        carrier_hosts=source.get("CARRIER_HOSTS", _networks, (), "addresses or networks, joined by commas"),
        outward_networks=source.get("OUTWARD_NETWORKS", _networks, (), "addresses or networks, joined by commas"),
        modbus_networks=source.get("MODBUS_NETWORKS", _networks, (), "addresses or networks, joined by commas"),
        modbus_maps=source.switched("MODBUS_MAPS", _path, None, "a JSON file with a list of register maps"),
        sip=source.switched("SIP", _endpoint, None, _ENDPOINT),
        log_level=source.get("LOG_LEVEL", _one_of(LEVELS), standard.log_level, f"one of {', '.join(LEVELS)}"),
        log_format=source.get("LOG_FORMAT", _one_of(FORMATS), standard.log_format, f"one of {', '.join(FORMATS)}"),
        poll_seconds=source.whole("POLL_SECONDS", standard.poll_seconds, 10, 7200),
        duty_check_minutes=source.whole("DUTY_CHECK_MINUTES", standard.duty_check_minutes, 1, 255),
        link_lost_hours=source.whole("LINK_LOST_HOURS", standard.link_lost_hours, 12, 72),
        idle_seconds=source.whole("IDLE_SECONDS", standard.idle_seconds, 30, 86_400),
        first_frame_seconds=source.whole("FIRST_FRAME_SECONDS", standard.first_frame_seconds, 1, 600),
        connections_max=source.whole("CONNECTIONS_MAX", standard.connections_max, 1, 1_000_000),
        connections_per_host_max=source.whole(
            "CONNECTIONS_PER_HOST_MAX", standard.connections_per_host_max, 1, 1_000_000
        ),
        pushes_per_second=source.whole("PUSHES_PER_SECOND", standard.pushes_per_second, 0, 1_000_000),
        signal_days=source.whole("SIGNAL_DAYS", standard.signal_days, 2, 36_500),
        archive_days=source.whole("ARCHIVE_DAYS", standard.archive_days, 31, 36_500),
        incident_hours=source.whole("INCIDENT_HOURS", standard.incident_hours, 1, 8_760),
        event_days=source.whole("EVENT_DAYS", standard.event_days, 366, 36_500),
        spool_mib=source.whole("SPOOL_MIB", standard.spool_mib, 16, 1_048_576),
        map_tiles=source.get("MAP_TILES", _tiles, "", "https://host/path with {z}, {x} and {y}"),
        map_approval=source.get("MAP_APPROVAL", str, "", "the map's approval number (审图号)"),
        public_url=source.get("PUBLIC_URL", _public, "", "https://host, by which others reach this platform"),
        notify=settings_notify.read(source),
        archive=settings_archive.read(source),
    )
    settings = _downlinks(_broker(settings, source), source)
    source.refuse_unknown()
    return settings


def _broker(settings: Settings, source: "_Source") -> Settings:
    """How the broker of `ZHIGAN_MQTT` is spoken to."""
    return msgspec.structs.replace(
        settings,
        mqtt_ca=source.switched("MQTT_CA", _path, None, "a PEM file with the broker's authority"),
        mqtt_cert=source.switched("MQTT_CERT", _path, None, "a PEM file with our certificate and key"),
        mqtt_client=source.get("MQTT_CLIENT", _level, settings.mqtt_client, _LEVEL),
        mqtt_share=source.get("MQTT_SHARE", _level, "", _LEVEL),
        mqtt_version=source.get("MQTT_VERSION", _one_of(("5", "3.1.1")), settings.mqtt_version, "5 or 3.1.1"),
        mqtt_profiles=source.switched("MQTT_PROFILES", _path, None, "a JSON file with a list of profiles"),
    )


def _downlinks(settings: Settings, source: "_Source") -> Settings:
    """The carriers' own interfaces, by which commands go down."""
    return msgspec.structs.replace(
        settings,
        carrier_orders=source.switched("CARRIER_ORDERS", _path, None, "a JSON file: product, command, wording"),
        ctwing_api=source.get("CTWING_API", _address, settings.ctwing_api, _ADDRESS),
        ctwing_app_key=source.switched("CTWING_APP_KEY", Secret, None, "the application's key at CTWing"),
        ctwing_app_secret=source.switched("CTWING_APP_SECRET", Secret, None, "the application's secret at CTWing"),
        ctwing_master_keys=source.switched("CTWING_MASTER_KEYS", _pairs, None, _PAIRS),
        onenet_api=source.get("ONENET_API", _address, settings.onenet_api, _ADDRESS),
        onenet_access_keys=source.switched("ONENET_ACCESS_KEYS", _pairs, None, _PAIRS),
        onenet_legacy_api=source.get("ONENET_LEGACY_API", _address, settings.onenet_legacy_api, _ADDRESS),
        onenet_master_key=source.switched("ONENET_MASTER_KEY", Secret, None, "the MasterKey of the older console"),
        huawei_api=source.get("HUAWEI_API", _address, "", _ADDRESS),
        huawei_app_id=source.switched("HUAWEI_APP_ID", Secret, None, "the application's id at OceanConnect"),
        huawei_app_secret=source.switched("HUAWEI_APP_SECRET", Secret, None, "the application's secret"),
        huawei_cert=source.switched("HUAWEI_CERT", _path, None, "a PEM file with our certificate and key"),
        huawei_ca=source.switched("HUAWEI_CA", _path, None, "a PEM file with OceanConnect's authority"),
        iotda_api=source.get("IOTDA_API", _address, "", _ADDRESS),
        iotda_iam=source.get("IOTDA_IAM", _address, "", _ADDRESS),
        iotda_project=source.get("IOTDA_PROJECT", str, "", "the project's id"),
        iotda_user=source.get("IOTDA_USER", _domain_user, "", "DOMAIN/USER"),
        iotda_password=source.switched("IOTDA_PASSWORD", Secret, None, "the IAM user's password"),
    )


class _Source:
    def __init__(self, environ: Mapping[str, str], file: Mapping[str, object]) -> None:
        self._environ = environ
        self._file = file
        self._asked: set[str] = set()

    def get(self, name: str, parse: Callable[[str], T], standard: T, want: str) -> T:
        """An empty text is "not set"."""
        label, text = self._text(name)
        return self._parsed(label, parse, text, want) if text else standard

    def switched(self, name: str, parse: Callable[[str], T], standard: T | None, want: str) -> T | None:
        """An empty text switches it off."""
        label, text = self._text(name)
        if text is None:
            return standard
        return self._parsed(label, parse, text, want) if text else None

    def _parsed(self, label: str, parse: Callable[[str], T], text: str, want: str) -> T:
        try:
            return parse(text)
        except ValueError:
            raise SettingError(f"{label} wants {want}") from None

    def whole(self, name: str, standard: int, least: int, most: int) -> int:
        def parse(text: str) -> int:
            value = int(text)
            if not least <= value <= most:
                raise ValueError(text)
            return value

        return self.get(name, parse, standard, f"a whole number from {least} to {most}")

    def refuse_unknown(self) -> None:
        unknown = sorted(set(self._file) - self._asked)
        if unknown:
            raise SettingError(f"zhigan.toml: no setting is named {unknown[0]!r}")

    def _text(self, name: str) -> tuple[str, str | None]:
        self._asked.add(name.lower())
        if PREFIX + name in self._environ:
            return PREFIX + name, self._environ[PREFIX + name].strip()
        value = self._file.get(name.lower())
        if isinstance(value, bool) or not (value is None or isinstance(value, str | int)):
            raise SettingError(f"zhigan.toml: {name.lower()} wants a text or a whole number")
        return f"zhigan.toml: {name.lower()}", None if value is None else str(value).strip()


def _toml(path: Path | None) -> Mapping[str, object]:
    if path is None or not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path.name}: {error}") from None


LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "console", "json")
_ENDPOINT = "HOST:PORT, such as 127.0.0.1:8119 or [::1]:8119"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_ADDRESS = "https://host"
_LEVEL = "a name of 1 to 64 letters, digits, - and _"
_PAIRS = "PRODUCT:KEY, joined by commas"
_LONG_ENOUGH = "a secret of at least 8 characters, none of them a blank"


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _endpoint(text: str) -> Endpoint:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or (":" in bare) != host.startswith("[") or int(port) not in range(65536):
        raise ValueError(text)
    return Endpoint(bare, int(port))


def _token(text: str) -> Secret:
    if len(text) < 8 or any(c.isspace() for c in text):
        raise ValueError(text)
    return Secret(text)


def _key(text: str) -> Secret:
    if len(text) < 32:
        raise ValueError(text)
    return _token(text)


def _aes_key(text: str) -> Secret:
    if len(text) not in (16, 43):
        raise ValueError(text)
    return Secret(text)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _address(text: str) -> str:
    """Where an interface is served, without a slash at its end."""
    scheme, mark, rest = text.partition("://")
    if scheme not in ("https", "http") or not mark or not rest or any(c.isspace() for c in text):
        raise ValueError(text)
    return text.rstrip("/")


def _pairs(text: str) -> Secret:
    for part in text.split(","):
        name, colon, key = part.strip().partition(":")
        if not colon or not name or not key:
            raise ValueError(text)
    return Secret(text)


def pairs(secret: Secret | None) -> dict[str, str]:
    """Of `NAME:KEY,NAME:KEY`, each name's key."""
    parts = secret.reveal().split(",") if secret is not None else []
    return {name: key for name, _, key in (part.strip().partition(":") for part in parts)}


def _level(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValueError(text)
    return text


def _domain_user(text: str) -> str:
    domain, slash, user = text.partition("/")
    if not slash or not domain or not user:
        raise ValueError(text)
    return text


def _url(*schemes: str) -> Callable[[str], Secret]:
    def parse(text: str) -> Secret:
        scheme, mark, rest = text.partition("://")
        if scheme not in schemes or not mark or not rest:
            raise ValueError(text)
        return Secret(text)

    return parse


def _public(text: str) -> str:
    scheme, mark, rest = text.rstrip("/").partition("://")
    if scheme not in ("https", "http") or not mark or not _HOST.fullmatch(rest.partition("/")[0]):
        raise ValueError(text)
    return text.rstrip("/")


def _tiles(text: str) -> str:
    """A template of tile addresses; its origin becomes part of the pages' security policy, so it must be clean."""
    scheme, mark, rest = text.partition("://")
    host = rest.partition("/")[0]
    if scheme not in ("https", "http") or not mark or not _HOST.fullmatch(host):
        raise ValueError(text)
    if any(c.isspace() for c in text) or not all(f"{{{axis}}}" in rest for axis in "zxy"):
        raise ValueError(text)
    return text


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return text.lower()

    return parse
