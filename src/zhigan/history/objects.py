"""Objects: the archive's files on S3-compatible storage, put, fetched, listed and removed whole.

Enters: where the storage is and with which key (settings). Leaves: files. A put returns when the storage has confirmed
all of it; an object is never changed, its name is used once. Absent: which of them count (history.moved), the copies in
the data folder that DuckDB reads (archive.py), and any word of the key in what is logged. Everything here blocks.

The library (obstore) is an optional extra, for most installations keep the archive in the data folder.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from zhigan.runtime.secrets import Secret

TRIES: Final = 3
CLIENT: Final = {"connect_timeout": "5s", "timeout": "120s"}


class Missing(RuntimeError):
    """The library is not installed."""


class StorageFailed(OSError):
    """The storage did not do what it was asked; the message says what, without the key."""


class Objects:
    def __init__(self, place: str, endpoint: str, region: str, key: Secret | None, secret: Secret | None) -> None:
        """`place`: s3://bucket/folder. No endpoint: Amazon's; no key: what the machine's own identity may."""
        try:
            library, stores, errors = (import_module(f"obstore{part}") for part in ("", ".store", ".exceptions"))
        except ImportError:
            raise Missing("ZHIGAN_ARCHIVE_S3 needs the extra `s3`: pip install 'zhigan119[s3]'") from None
        bucket, _, folder = place.removeprefix("s3://").partition("/")
        config: dict[str, Any] = {"region": region}
        if endpoint:
            config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        if key is not None and secret is not None:
            config |= {"access_key_id": key.reveal(), "secret_access_key": secret.reveal()}
        self._library: Any = library
        self._failed: tuple[type[Exception], ...] = (errors.BaseError, OSError)
        self._hidden = [each.reveal() for each in (key, secret) if each is not None]
        self._store: Any = stores.S3Store(
            bucket, prefix=folder or None, client_options={**CLIENT, "allow_http": endpoint.startswith("http://")},
            retry_config={"max_retries": TRIES}, **config,
        )  # fmt: skip

    def put(self, name: str, path: Path) -> None:
        try:
            self._library.put(self._store, name, path)
            stored = self._library.head(self._store, name)["size"]
        except self._failed as error:
            raise self._told("put", name, error) from None
        if stored != path.stat().st_size:
            raise StorageFailed(f"put {name}: {stored} bytes stored of {path.stat().st_size}")

    def fetch(self, name: str, path: Path) -> None:
        """Into a file that is there as a whole or not at all."""
        part = path.with_name(f"{path.name}.{id(path):x}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as out:
                for chunk in self._library.get(self._store, name).stream():
                    out.write(chunk)
            part.replace(path)
        except self._failed as error:
            part.unlink(missing_ok=True)
            raise self._told("fetch", name, error) from None

    def remove(self, names: list[str]) -> None:
        """Those that are not there are gone already."""
        for name in names:
            try:
                self._library.delete(self._store, name)
            except FileNotFoundError:
                continue
            except self._failed as error:
                raise self._told("remove", name, error) from None

    def names(self) -> list[str]:
        try:
            return [each["path"] for some in self._library.list(self._store) for each in some]
        except self._failed as error:
            raise self._told("list", "", error) from None

    def _told(self, act: str, name: str, error: Exception) -> StorageFailed:
        text = str(error).partition("Debug source")[0]
        for hidden in self._hidden:
            text = text.replace(hidden, "***")
        return StorageFailed(f"{act} {name}: {' '.join(text.split())[:400]}")
