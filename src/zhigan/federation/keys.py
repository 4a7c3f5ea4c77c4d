"""How two installations come to one secret: X25519, mixed with the invitation's code, which never goes over the wire.

Enters: a code, two keys. Leaves: a Standard Webhooks secret that both hold and nobody who listened does; a proof of it.
Whoever stands between without the code can neither read nor answer. Absent: where secrets lie (access's vault seals
them), and HTTP.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhigan.protocols.couriers.webhooks import PREFIX

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_INFO = b"zhigan119 federation"
_GROUPS, _LONG = 5, 5


class BadKey(ValueError):
    """No public key of that form."""


def code() -> str:
    """For paper or a message: five groups of five, 123 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_LONG)) for _ in range(_GROUPS))


def digest(code_: str) -> bytes:
    """What the inviting side keeps of a code; blanks and capitals do not matter."""
    return hashlib.sha256(b"invitation\0" + "".join(code_.split()).lower().encode()).digest()


def found_by(kept: bytes) -> bytes:
    """By what an invitation is named on the wire: it does not tell what is kept."""
    return hashlib.sha256(b"found by\0" + kept).digest()


def fresh() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


def public(key: X25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def secret(mine: X25519PrivateKey, theirs: str, kept: bytes) -> bytes:
    """`whsec_…`, the same on both sides."""
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(base64.b64decode(theirs, validate=True)))
    except ValueError as error:
        raise BadKey(str(error)) from error
    derived = HKDF(SHA256(), 32, salt=kept, info=_INFO).derive(shared)
    return (PREFIX + base64.b64encode(derived).decode()).encode()


def proof(secret_: bytes) -> str:
    return hmac.digest(secret_, b"joined", "sha256").hex()


def purpose(id_: str) -> str:
    """What a sealed secret is bound to."""
    return f"federation {id_}"
