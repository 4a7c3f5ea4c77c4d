"""Secrets of the second factor at rest: AES-256-GCM, bound to the account, under a key that is not in the database.

Enters: the data folder, or a key of the operator's own (`ZHIGAN_SECRET_KEY`) where several machines share a database.
Leaves: sealed bytes, and secrets again; keyed digests. Absent: rows (factor.py), and turning keys: whose key is lost
is enrolled anew (docs/decisions/0011-second-factors-are-sealed.md).
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FILE = "secret.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_PURPOSE = b"zhigan119 second factor\0"
_DIGESTS = b"zhigan119 digests\0"


class VaultError(ValueError):
    """The key file is not one of ours; the message says what to do."""


class Vault:
    """One key; `key` is its name, which tells nothing of it."""

    def __init__(self, material: bytes) -> None:
        key = hashlib.sha256(_PURPOSE + material).digest()
        self._cipher = AESGCM(key)
        self._digests = hashlib.sha256(_DIGESTS + material).digest()
        self.key = hashlib.sha256(b"name\0" + key).hexdigest()[:16]

    def digest(self, text: str) -> bytes:
        """Of what is too short to be hidden by a plain digest: it says nothing to whoever has the database alone."""
        return hmac.digest(self._digests, text.encode(), "sha256")

    @staticmethod
    def of(data: Path, own: str | None) -> "Vault":
        """The operator's own key, else that of the data folder, which is made when there is none."""
        return Vault(own.encode() if own else _kept(data / FILE))

    def seal(self, secret: bytes, account: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, account.encode())

    def open(self, sealed: bytes, account: str) -> bytes | None:
        """None where it was sealed with another key, for another account, or is damaged."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], account.encode())
        except (InvalidTag, ValueError):
            return None


def _kept(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    _make(path)
    material = path.read_bytes().strip()
    if len(material) != 2 * _KEY_BYTES:
        raise VaultError(f"{path.name} is damaged: put back its copy, or move it away and enrol second factors anew")
    return material


def _make(path: Path) -> None:
    """Whole or not at all, and never over one that is there: two processes may start at once."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
