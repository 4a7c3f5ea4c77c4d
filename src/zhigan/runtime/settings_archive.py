"""Settings of the archive's place: S3-compatible storage instead of the data folder.

Enters: what `settings._read` hands on. Leaves: one frozen `ArchiveSettings`. Meanings: docs/history.md.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from zhigan.runtime.secrets import Secret

T = TypeVar("T")
PLACE = "s3://bucket or s3://bucket/folder"
ADDRESS = "https://host or http://host:port"


class ArchiveSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Names are the variables' without `ZHIGAN_`, in lower case. No place: the data folder holds the archive itself."""

    archive_s3: str = ""
    archive_s3_endpoint: str = ""
    archive_s3_region: str = "us-east-1"
    archive_s3_key: Secret | None = None
    archive_s3_secret: Secret | None = None
    archive_cache_mib: int = 20_480


class Source(Protocol):
    """What `settings` asks of: the environment over zhigan.toml."""

    def get(self, name: str, parse: Callable[[str], T], standard: T, want: str) -> T: ...

    def switched(self, name: str, parse: Callable[[str], T], standard: T | None, want: str) -> T | None: ...

    def whole(self, name: str, standard: int, least: int, most: int) -> int: ...


def read(source: Source) -> ArchiveSettings:
    standard = ArchiveSettings()
    return ArchiveSettings(
        archive_s3=source.get("ARCHIVE_S3", _place, "", PLACE),
        archive_s3_endpoint=source.get("ARCHIVE_S3_ENDPOINT", _address, "", ADDRESS),
        archive_s3_region=source.get("ARCHIVE_S3_REGION", str, standard.archive_s3_region, "a region's name"),
        archive_s3_key=source.switched("ARCHIVE_S3_KEY", Secret, None, "the access key's id"),
        archive_s3_secret=source.switched("ARCHIVE_S3_SECRET", Secret, None, "the access key's secret"),
        archive_cache_mib=source.whole("ARCHIVE_CACHE_MIB", standard.archive_cache_mib, 64, 16_777_216),
    )


def _place(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    bucket, _, folder = rest.partition("/")
    if scheme != "s3" or not mark or not bucket or any(c.isspace() for c in rest) or "//" in folder:
        raise ValueError(text)
    return text.rstrip("/")


def _address(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if scheme not in ("https", "http") or not mark or not rest or "@" in rest or any(c.isspace() for c in rest):
        raise ValueError(text)
    return text.rstrip("/")
