"""Keys of devices that speak DTLS, over HTTP: made or given, taken back; never read again.

Enters: a device within the caller's scope that has a connection of its own over CoAP. Leaves: a line of the audit
trail, then the sealed key; the running door sees it within seconds. A key is in the answer that made it and nowhere
else. Absent: sealing (keys) and the handshake (dtls).
"""

import asyncio
import secrets
from typing import Annotated, Final

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from zhigan.commands import store as commands
from zhigan.gateways.lwm2m.keys import Keys, KeyWrong, key_of, sound
from zhigan.gateways.lwm2m.model import GATEWAY, PLAIN
from zhigan.vocabulary.roles import REGISTRY_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

KEY_BYTES: Final = 16
DeviceKeys = NamedDependency[SkipValidation[Keys]]


class NewKey(msgspec.Struct, frozen=True):
    """`key`: what the maker put into the device, characters or `hex:…`; empty: one is made."""

    key: Annotated[str, msgspec.Meta(max_length=256)] = ""


class GivenKey(msgspec.Struct, frozen=True):
    """`key` in hex, this once; empty where the caller gave it."""

    identity: str
    key: str


class KeyView(msgspec.Struct, frozen=True):
    identity: str
    there: bool


class DtlsKeys(Controller):
    path = "/devices/{device_id:str}/dtls-key"
    tags = ("registry",)

    @get(operation_id="getDtlsKey")
    async def there(self, principal: Caller, db: Db, device_keys: DeviceKeys, device_id: FromPath[str]) -> KeyView:
        """Whether there is one; the key itself cannot be read."""
        identity = await _identity(db, principal, device_id)
        return KeyView(identity, await asyncio.to_thread(device_keys.holds, identity))

    @post(status_code=201, operation_id="setDtlsKey")
    async def give(
        self, principal: Caller, db: Db, clock: Time, device_keys: DeviceKeys, device_id: FromPath[str],
        data: JSONBody[NewKey],
    ) -> GivenKey:  # fmt: skip
        """Takes the place of the former one; whoever was let in by that is asked for the new one."""
        identity = await _identity(db, principal, device_id)
        try:
            key = key_of(data.key) if data.key else secrets.token_bytes(KEY_BYTES)
            sound(identity, key)
        except KeyWrong as error:
            raise problems.invalid("key", str(error)) from None
        async with db.owner() as conn:
            await audit(conn, principal, clock.now(), "device_key.set", identity, {"device": device_id})
            await asyncio.to_thread(device_keys.set, identity, key)
        return GivenKey(identity, "" if data.key else key.hex())

    @delete(status_code=204, operation_id="removeDtlsKey")
    async def take(
        self, principal: Caller, db: Db, clock: Time, device_keys: DeviceKeys, device_id: FromPath[str]
    ) -> None:  # fmt: skip
        """The device is let in no more."""
        identity = await _identity(db, principal, device_id)
        async with db.owner() as conn:
            await audit(conn, principal, clock.now(), "device_key.removed", identity, {"device": device_id})
            if not await asyncio.to_thread(device_keys.remove, identity):
                raise problems.conflict("The device has no key.")


handlers: list[type[Controller]] = [DtlsKeys]


async def _identity(db: Database, principal: Principal, device_id: str) -> str:
    """The endpoint's name, which is its DTLS identity too."""
    if not pages.is_id(device_id):
        raise problems.not_found()
    async with db.bound(principal) as conn:
        target = await commands.target(conn, device_id)
    if target is None:
        raise problems.not_found()
    if principal.role not in REGISTRY_ROLES:
        raise problems.forbidden()
    if target.gateway not in (GATEWAY, PLAIN) or "/" in target.address or target.gone:
        raise problems.conflict("Only a device in use that speaks CoAP or LwM2M itself has a key.")
    return target.address
