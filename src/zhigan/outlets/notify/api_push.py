"""One's own telephones and browsers that are woken by push: registered, listed, revoked.

A browser gives its subscription, an app of the city's own its maker's token. A device belongs to one account; whoever
registers it anew takes it over. What a provider calls gone disappears by itself. Nothing of an address is shown whole.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody

from zhigan.incidents.addressed import known
from zhigan.outlets.notify import views
from zhigan.outlets.notify.desk import Told
from zhigan.outlets.notify.model import Way
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers import webpush
from zhigan.runtime.ids import mint
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time

MOST_DEVICES = 20
MAKERS = ("huawei", "xiaomi", "oppo", "vivo")
HOSTS = ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
"""The browsers' push services; a subscription of any other place is refused: we post to nobody's address but theirs."""


class Keys(msgspec.Struct, frozen=True):
    p256dh: Annotated[str, msgspec.Meta(min_length=80, max_length=100)]
    auth: Annotated[str, msgspec.Meta(min_length=20, max_length=30)]


class BrowserSubscription(msgspec.Struct, frozen=True):
    """As a browser gives it (`PushSubscription.toJSON()`)."""

    endpoint: Annotated[str, msgspec.Meta(min_length=10, max_length=1000)]
    keys: Keys


class NewPhone(msgspec.Struct, frozen=True, kw_only=True):
    """`browser` with `subscription`, or a maker with `token`. `name`: what its owner calls it."""

    kind: Literal["browser", "huawei", "xiaomi", "oppo", "vivo"]
    token: Annotated[str, msgspec.Meta(max_length=512, pattern=r"^[!-~]*$")] = ""
    subscription: BrowserSubscription | None = None
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: what a browser subscribes with; empty: browsers are not woken here. `kinds`: what can be registered."""

    key: str
    kinds: list[str]
    items: list[views.PushDevice]


class _Target(msgspec.Struct, frozen=True):
    way: Way
    address: str
    detail: str = ""

    @classmethod
    def of(cls, data: NewPhone, hosts: tuple[str, ...]) -> Self:
        if data.kind != "browser":
            if len(data.token) < 8:
                raise problems.invalid("token", "is required")
            return cls(Way.PUSH, f"{data.kind}:{data.token}")
        if data.subscription is None:
            raise problems.invalid("subscription", "is required")
        given = data.subscription
        kept = webpush.Subscription(given.endpoint, given.keys.p256dh, given.keys.auth)
        if not _allowed(given.endpoint, hosts):
            raise problems.invalid("subscription.endpoint", "the address of a known push service")
        if not webpush.usable(kept):
            raise problems.invalid("subscription.keys", "the keys of a browser's subscription")
        return cls(Way.WEBPUSH, given.endpoint, msgspec.json.encode(kept).decode())


def _allowed(endpoint: str, hosts: tuple[str, ...]) -> bool:
    """`https` and a push service's host, or an origin that the settings name whole."""
    try:
        parts = urlsplit(endpoint)
        host, origin = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
        port = parts.port
    except ValueError:
        return False
    if origin in hosts:
        return True
    known_host = any(host == each or host.endswith(f".{each}") for each in hosts)
    return parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc and known_host


class Devices(Controller):
    path = "/me/push"
    tags = ("notification",)

    @get(operation_id="listPushDevices")
    async def listed(self, principal: Caller, db: Db, desk: Told) -> DeviceList:
        """One's own devices, newest first."""
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.devices_of, principal.id)
        makers = {c.name for c in desk.choice.channels.get(Way.PUSH, [])}
        kinds = [*(["browser"] if desk.push_key else []), *(m for m in MAKERS if m in makers)]
        return DeviceList(
            key=desk.push_key.public if desk.push_key else "", kinds=kinds, items=[views.push_device(r) for r in rows]
        )

    @post(operation_id="addPushDevice")
    async def add(
        self, principal: Caller, db: Db, clock: Time, desk: Told, data: JSONBody[NewPhone]
    ) -> views.PushDevice:
        """Registers a device; one that is there already is renewed."""
        target = _Target.of(data, desk.push_hosts or HOSTS)
        if target.way is Way.WEBPUSH and desk.push_key is None:
            raise problems.conflict("Browsers are not woken here.")
        now = clock.now()
        async with db.owner() as conn:
            there = await conn.fetch(SQL.devices_of, principal.id)
            if len(there) >= MOST_DEVICES and target.address not in {r["address"] for r in there}:
                raise problems.conflict(f"There are {MOST_DEVICES} devices of this account already.")
            name = data.name.strip()
            id_ = await conn.fetchval(
                SQL.add_device, mint(clock), principal.id, target.way, target.address, target.detail, name, now
            )
            await audit(conn, principal, now, "push.registered", str(id_), {"kind": data.kind, "name": name})
        return views.PushDevice(id=str(id_), kind=data.kind, name=name, at=now)

    @delete("/{device_id:str}", status_code=204, operation_id="removePushDevice")
    async def remove(self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str]) -> None:
        async with db.owner() as conn:
            if await conn.fetchval(SQL.remove_way, known(device_id), principal.id) is None:
                raise problems.not_found()
            await audit(conn, principal, clock.now(), "push.revoked", device_id)


handlers: list[type[Controller]] = [Devices]
