"""Pre-shared keys of devices that speak DTLS: sealed in a file of the gateway's own, opened in memory.

Enters: the data folder's vault (the same that seals second factors), identities and keys from people (api, the command
line). Leaves: identity → key for handshakes, read anew when the file changed; only what changed in it is opened anew.
Absent: the database, so that a device is let in while PostgreSQL is down; and any way to read a key back.
"""

import base64
import binascii
import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog

from zhigan.access.vault import Vault

FILE: Final = "keys.json"
_LOCK: Final = "keys.lock"
KEY_MIN, KEY_MAX = 8, 64
_log = structlog.get_logger("gateways.lwm2m.keys")
_book = msgspec.json.Decoder(dict[str, str])


class KeyWrong(ValueError):
    """An identity or key that cannot be; the text says what is wanted."""


class Keys:
    """A mapping for the handshake; `asked` is the identity it looked for last."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._path = folder / FILE
        self._vault = vault
        self._read_at = -1
        self._sealed: dict[str, str] = {}
        self.opened: dict[str, bytes] = {}

    def refresh(self) -> None:
        """What another process wrote; a key sealed elsewhere is left out and named."""
        try:
            stamp = self._path.stat().st_mtime_ns
        except OSError:
            self.opened, self._sealed, self._read_at = {}, {}, -1
            return
        if stamp == self._read_at:
            return
        self._read_at = stamp
        before, self._sealed = self._sealed, self._all()
        opened: dict[str, bytes] = {}
        for identity, sealed in self._sealed.items():
            key = self.opened.get(identity) if before.get(identity) == sealed else self._unsealed(identity, sealed)
            if key is not None:
                opened[identity] = key
        self.opened = opened

    def holds(self, identity: str) -> bool:
        return identity in self._all()

    def set(self, identity: str, key: bytes) -> None:
        sound(identity, key)
        sealed = base64.b64encode(self._vault.seal(key, _bound(identity))).decode()
        with self._alone():
            self._write(self._all() | {identity: sealed})

    def remove(self, identity: str) -> bool:
        with self._alone():
            known = self._all()
            there = known.pop(identity, None) is not None
            if there:
                self._write(known)
        return there

    def _unsealed(self, identity: str, sealed: str) -> bytes | None:
        key = self._vault.open(base64.b64decode(sealed), _bound(identity))
        if key is None:
            _log.warning("a device's key was sealed elsewhere; set it anew", endpoint=identity)
        return key

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Of two who change keys at one time, whichever processes they are, neither undoes the other's."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(_LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _all(self) -> dict[str, str]:
        try:
            return _book.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}

    def _write(self, known: dict[str, str]) -> None:
        draft = self._path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(known))
        draft.replace(self._path)


def sound(identity: str, key: bytes) -> None:
    if not identity or len(identity) > 128 or not identity.isprintable() or "/" in identity or " " in identity:
        raise KeyWrong("an endpoint name wants 1 to 128 characters, no blank, no slash")
    if not KEY_MIN <= len(key) <= KEY_MAX:
        raise KeyWrong(f"a key wants {KEY_MIN} to {KEY_MAX} bytes")


def key_of(text: str) -> bytes:
    """`hex:…`, or the characters themselves."""
    if not text.startswith("hex:"):
        return text.encode()
    try:
        return binascii.unhexlify(text.removeprefix("hex:"))
    except (binascii.Error, ValueError):
        raise KeyWrong("behind hex: stand pairs of hexadecimal digits") from None


def _bound(identity: str) -> str:
    return f"dtls:{identity}"
