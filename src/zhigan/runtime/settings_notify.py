"""Settings of telling people: which providers there are, with whose keys. All of them absent: nobody outside is told.

Enters: what `settings._read` hands on. Leaves: one frozen `NotifySettings`. Meanings: docs/notification.md.
"""

import base64
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from zhigan.runtime.secrets import Secret

T = TypeVar("T")
WANTED = "a secret of at least 8 characters, none of them a blank"
ADDRESS = "https://host or http://host:port"
CURVE_KEY_BYTES = 32
LISTED = "names or keys, joined by commas"


class NotifySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Names are the variables' without `ZHIGAN_`, in lower case."""

    aliyun_key_id: str = ""
    aliyun_key_secret: Secret | None = None
    aliyun_sms_sign: str = ""
    aliyun_sms_template: str = ""
    aliyun_code_template: str = ""
    aliyun_proof_template: str = ""
    aliyun_proof_call: str = ""
    aliyun_voice_template: str = ""
    aliyun_voice_number: str = ""
    aliyun_voice_keys: str = "yes"
    aliyun_url: str = ""
    tencent_key_id: str = ""
    tencent_key_secret: Secret | None = None
    tencent_sms_app: str = ""
    tencent_sms_sign: str = ""
    tencent_sms_template: str = ""
    tencent_code_template: str = ""
    tencent_proof_template: str = ""
    tencent_region: str = "ap-guangzhou"
    tencent_url: str = ""
    wechat_app: str = ""
    wechat_secret: Secret | None = None
    wechat_template: str = ""
    miniprogram_app: str = ""
    miniprogram_secret: Secret | None = None
    miniprogram_template: str = ""
    miniprogram_page: str = ""
    wechat_url: str = ""
    push_package: str = ""
    push_huawei_app: str = ""
    push_huawei_secret: Secret | None = None
    push_huawei_category: str = ""
    push_huawei_url: str = ""
    push_huawei_callback_user: str = ""
    push_huawei_callback_secret: Secret | None = None
    push_xiaomi_secret: Secret | None = None
    push_xiaomi_channel: str = ""
    push_xiaomi_url: str = ""
    push_oppo_key: str = ""
    push_oppo_secret: Secret | None = None
    push_oppo_channel: str = ""
    push_oppo_url: str = ""
    push_vivo_app: str = ""
    push_vivo_key: str = ""
    push_vivo_secret: Secret | None = None
    push_vivo_category: str = ""
    push_vivo_url: str = ""
    webpush_subject: str = ""
    webpush_secret: Secret | None = None
    webpush_hosts: str = ""
    wecom_robots: tuple[Secret, ...] = ()
    wecom_url: str = ""
    dingtalk_robots: tuple[Secret, ...] = ()
    dingtalk_url: str = ""
    webhook_url: str = ""
    webhook_secret: Secret | None = None
    smtp_url: Secret | None = None
    smtp_from: str = ""
    receipts_token: Secret | None = None
    receipts_url: str = ""


class Source(Protocol):
    """What is asked: the environment over a file (runtime.settings)."""

    def get(self, name: str, parse: Callable[[str], T], standard: T, want: str) -> T: ...

    def switched(self, name: str, parse: Callable[[str], T], standard: T | None, want: str) -> T | None: ...


SECRETS = frozenset(f for f in NotifySettings.__struct_fields__ if f.endswith(("_secret", "_token")))


def read(source: Source) -> NotifySettings:
    """By the struct itself: a text, an address, a secret, a file, or a list of secrets."""
    standard = NotifySettings()
    values: dict[str, object] = {}
    for field in NotifySettings.__struct_fields__:
        name, given = field.upper(), getattr(standard, field)
        if field == "webpush_secret":
            values[field] = source.switched(name, _curve_key, None, "base64url of the 32 bytes of a P-256 private key")
        elif field == "webpush_subject":
            values[field] = source.get(name, _subject, "", "mailto:somebody@host or https://host")
        elif field in SECRETS:
            values[field] = source.switched(name, _secret, None, WANTED)
        elif field == "smtp_url":
            values[field] = source.switched(name, _smtp, None, "smtp://user:password@host:587 or smtps://…:465")
        elif field.endswith("_url"):
            values[field] = source.get(name, _address, str(given), ADDRESS)
        elif field.endswith("_robots"):
            values[field] = source.get(name, _secrets, (), LISTED)
        else:
            values[field] = source.get(name, str, str(given), "a text")
    return msgspec.structs.replace(standard, **values)


def _secret(text: str) -> Secret:
    if len(text) < 8 or any(c.isspace() for c in text):
        raise ValueError(text)
    return Secret(text)


def _curve_key(text: str) -> Secret:
    if len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) != CURVE_KEY_BYTES:
        raise ValueError(text)
    return Secret(text)


def _subject(text: str) -> str:
    if text and not text.startswith(("mailto:", "https://")):
        raise ValueError(text)
    return text


def _secrets(text: str) -> tuple[Secret, ...]:
    return tuple(_secret(part.strip()) for part in text.split(",") if part.strip())


def _address(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if scheme not in ("http", "https") or not mark or not rest or any(c.isspace() for c in text):
        raise ValueError(text)
    return text.rstrip("/")


def _smtp(text: str) -> Secret:
    if not text.startswith(("smtp://", "smtps://")):
        raise ValueError(text)
    return Secret(text)
