"""Time-based one-time passwords (RFC 6238 upon RFC 4226): SHA-1, 30 seconds, six digits, as every phone's app expects.

Pure; `now` is an argument. Absent: where secrets lie and how often one may guess (factor.py, login.py).
"""

import base64
import hmac
from urllib.parse import quote

PERIOD_S = 30
DIGITS = 6
SECRET_BYTES = 20
SLACK = 1
"""Steps before and after: a phone's clock and a slow thumb (RFC 6238, 5.2)."""
ISSUER = "zhigan119"
LABEL = 30
"""Characters of the account's name in the app: the drawing must stay one that a cheap camera reads."""


def hotp(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_at(now_s: int) -> int:
    return now_s // PERIOD_S


def step_of(secret: bytes, code: str, now_s: int) -> int | None:
    """The time step whose code that is; None where it is none of the present ones. All are compared, for even time."""
    found = None
    for step in range(step_at(now_s) - SLACK, step_at(now_s) + SLACK + 1):
        if hmac.compare_digest(hotp(secret, step).encode(), code.encode()):
            found = step
    return found


def shown(secret: bytes) -> str:
    """Base32 without padding: what a person types where the camera fails."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, name: str) -> str:
    """What the drawing holds (otpauth)."""
    return f"otpauth://totp/{ISSUER}:{quote(name[:LABEL], safe='')}?secret={shown(secret)}&issuer={ISSUER}"
