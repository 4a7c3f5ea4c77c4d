"""Carriers' interfaces over HTTP: one client a carrier, all behind one port.

Enters: letters. Leaves: the carrier's id of the command, what it has on a device, what became of a command; `CallError`
says how sure it is that the carrier does not have the letter. What never reached it may be sent again; what may have
reached it (a time-out, a broken connection, a 5xx) is UNKNOWN. Nobody logs what stands in headers or bodies. Absent:
when to ask and what follows (downlink).
"""

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

import httpx

from zhigan.protocols.carriers import onenet as onenet_pushes
from zhigan.protocols.carriers.calls import ctwing, huawei, onenet, onenet_legacy
from zhigan.protocols.carriers.calls.huawei import Token
from zhigan.protocols.carriers.calls.model import Call, CallError, Carried, Doubt, Letter, same
from zhigan.runtime.clock import Clock
from zhigan.runtime.outward import REST_S
from zhigan.vocabulary.moments import HOUR, MINUTE

CONNECT_S: Final = 5.0
ANSWER_S: Final = 15.0
CONNECTIONS: Final = 16
_EARLY: Final = MINUTE
_NOT_REACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Api(Protocol):
    """`find`: commands on the letter's device since then that may be this letter, the likeliest first.

    `look`: what became of a command; "" where the carrier does not say. `lists`: it can be asked of this letter at all.
    """

    def lists(self, letter: Letter) -> bool: ...

    async def hand(self, letter: Letter) -> Carried: ...

    async def find(self, letter: Letter, since: int) -> list[Carried]: ...

    async def look(self, letter: Letter, outside_id: str) -> str: ...

    async def close(self) -> None: ...


class Wire:
    """An HTTP client of one address."""

    def __init__(self, base: str, tls: ssl.SSLContext | None = None, answer_s: float = ANSWER_S) -> None:
        self._client = httpx.AsyncClient(
            base_url=base,
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=REST_S),
            verify=tls if tls is not None else True,
            trust_env=False,
        )

    async def send(self, call: Call) -> httpx.Response:
        try:
            return await self._client.request(
                call.method, call.path, params=call.query or None, headers=call.headers, content=call.body or None
            )
        except _NOT_REACHED as error:
            raise CallError(Doubt.NOT_TAKEN, f"the carrier cannot be reached ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise CallError(Doubt.UNKNOWN, f"the carrier did not answer ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._client.aclose()


class Ctwing:
    def __init__(self, keys: ctwing.Keys, wire: Wire, clock: Clock) -> None:
        self._keys = keys
        self._wire = wire
        self._clock = clock
        self._offset = 0
        self._asked_at: int | None = None

    def lists(self, letter: Letter) -> bool:
        return True

    async def hand(self, letter: Letter) -> Carried:
        answer = await self._wire.send(ctwing.create(self._keys, letter, await self._now()))
        return ctwing.created(answer.status_code, answer.content)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        now = await self._now()
        answer = await self._wire.send(ctwing.listed(self._keys, letter, since + self._offset - _EARLY, now + _EARLY))
        content = ctwing.encoded(ctwing.content(letter.told))
        return _likely(ctwing.found(answer.status_code, answer.content), letter, content, since + self._offset)

    async def look(self, letter: Letter, outside_id: str) -> str:
        call = ctwing.query(self._keys, letter.product, letter.device, outside_id, await self._now())
        answer = await self._wire.send(call)
        return ctwing.created(answer.status_code, answer.content).result

    async def close(self) -> None:
        await self._wire.close()

    async def _now(self) -> int:
        """CTWing's time: asked for now and then; while it does not say, ours."""
        now = self._clock.micros()
        if self._asked_at is None or now - self._asked_at > HOUR:
            answer = await self._wire.send(ctwing.ECHO)
            theirs = ctwing.server_time(answer.headers.get(ctwing.TIME_HEADER, ""))
            after = self._clock.micros()
            if theirs is not None:
                self._offset = theirs - (now + after) // 2
            self._asked_at = now = after
        return now + self._offset


class Onenet:
    def __init__(self, keys: onenet.Keys, wire: Wire, clock: Clock) -> None:
        self._keys = keys
        self._wire = wire
        self._clock = clock

    def lists(self, letter: Letter) -> bool:
        return False

    async def hand(self, letter: Letter) -> Carried:
        answer = await self._wire.send(onenet.create(self._keys, letter, self._clock.micros()))
        return onenet.created(answer.status_code, answer.content)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        raise CallError(Doubt.UNKNOWN, "OneNET does not list what it was told")

    async def look(self, letter: Letter, outside_id: str) -> str:
        return ""

    async def close(self) -> None:
        await self._wire.close()


class OnenetLegacy:
    """The older console."""

    def __init__(self, key: str, wire: Wire, clock: Clock) -> None:
        self._key = key
        self._wire = wire
        self._clock = clock

    def lists(self, letter: Letter) -> bool:
        return True

    async def hand(self, letter: Letter) -> Carried:
        answer = await self._wire.send(onenet_legacy.create(self._key, letter, self._clock.micros()))
        return onenet_legacy.created(answer.status_code, answer.content)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        """A list of cached commands holds no contents, so each that is new enough is asked for."""
        answer = await self._wire.send(onenet_legacy.listed(self._key, letter, since - _EARLY))
        found = onenet_legacy.found(answer.status_code, answer.content)
        late = [one for one in found if one.at is None or one.at >= since - _EARLY]
        known = [one if one.content else await self._detail(letter, one.id) for one in late]
        return _likely(known, letter, onenet_legacy.content(letter), since)

    async def look(self, letter: Letter, outside_id: str) -> str:
        return (await self._detail(letter, outside_id)).result

    async def close(self) -> None:
        await self._wire.close()

    async def _detail(self, letter: Letter, outside_id: str) -> Carried:
        answer = await self._wire.send(onenet_legacy.query(self._key, letter, outside_id))
        return onenet_legacy.detailed(answer.status_code, answer.content, outside_id)


class Onenets:
    """Both consoles, each for the devices that push from it."""

    def __init__(self, studio: Onenet | None, legacy: OnenetLegacy | None) -> None:
        self._studio = studio
        self._legacy = legacy

    def lists(self, letter: Letter) -> bool:
        return self._of(letter).lists(letter)

    async def hand(self, letter: Letter) -> Carried:
        return await self._of(letter).hand(letter)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        return await self._of(letter).find(letter, since)

    async def look(self, letter: Letter, outside_id: str) -> str:
        return await self._of(letter).look(letter, outside_id)

    async def close(self) -> None:
        for each in (self._studio, self._legacy):
            if each is not None:
                await each.close()

    def _of(self, letter: Letter) -> Api:
        older = letter.product == onenet_pushes.LEGACY
        found = self._legacy if older else self._studio
        if found is None:
            console, setting = ("older", "ONENET_MASTER_KEY") if older else ("newer", "ONENET_ACCESS_KEYS")
            raise CallError(Doubt.REFUSED, f"no access to OneNET's {console} console is set (ZHIGAN_{setting})")
        return found


class _Session(ABC):
    """A token, as long as it holds; one that the carrier no longer knows is got anew, once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._token: Token | None = None

    def lists(self, letter: Letter) -> bool:
        return True

    @abstractmethod
    async def login(self) -> Token:
        """A new token, as this carrier gives one."""

    async def _with_token(self, send: Callable[[Token], Call], wire: Wire) -> httpx.Response:
        fresh = self._token is None or self._token.until - MINUTE <= self._clock.micros()
        if fresh or self._token is None:
            self._token = await self._logged_in()
        answer = await wire.send(send(self._token))
        if answer.status_code in (401, 403) and not fresh:
            self._token = await self._logged_in()
            answer = await wire.send(send(self._token))
        return answer

    async def _logged_in(self) -> Token:
        """Whatever goes wrong at the login, the letter has not been sent."""
        try:
            return await self.login()
        except CallError as error:
            doubt = Doubt.REFUSED if error.doubt in (Doubt.REFUSED, Doubt.STALE) else Doubt.NOT_TAKEN
            raise CallError(doubt, f"login failed: {error.reason}") from None


class Ocean(_Session):
    def __init__(self, keys: huawei.OceanKeys, wire: Wire, clock: Clock) -> None:
        super().__init__(clock)
        self._keys = keys
        self._wire = wire

    async def login(self) -> Token:
        answer = await self._wire.send(huawei.ocean_login(self._keys))
        return huawei.ocean_token(answer.status_code, answer.content, self._clock.micros())

    async def hand(self, letter: Letter) -> Carried:
        answer = await self._with_token(lambda token: huawei.ocean_create(self._keys, token, letter), self._wire)
        return huawei.ocean_created(answer.status_code, answer.content)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        return _likely(await self._listed(letter, since), letter, huawei.ocean_content(letter.told), since)

    async def look(self, letter: Letter, outside_id: str) -> str:
        listed = await self._listed(letter, self._clock.micros() - 96 * HOUR)
        return next((one.result for one in listed if one.id == outside_id), "")

    async def close(self) -> None:
        await self._wire.close()

    async def _listed(self, letter: Letter, since: int) -> list[Carried]:
        def call(token: Token) -> Call:
            return huawei.ocean_listed(self._keys, token, letter.device, since - _EARLY)

        answer = await self._with_token(call, self._wire)
        return huawei.ocean_found(answer.status_code, answer.content)


class Iotda(_Session):
    def __init__(self, keys: huawei.IotdaKeys, wire: Wire, iam: Wire, clock: Clock) -> None:
        super().__init__(clock)
        self._keys = keys
        self._wire = wire
        self._iam = iam

    async def login(self) -> Token:
        answer = await self._iam.send(huawei.iotda_login(self._keys))
        header = answer.headers.get("X-Subject-Token", "")
        return huawei.iotda_token(answer.status_code, header, answer.content, self._clock.micros())

    async def hand(self, letter: Letter) -> Carried:
        answer = await self._with_token(lambda token: huawei.iotda_create(self._keys, token, letter), self._wire)
        return huawei.iotda_created(answer.status_code, answer.content)

    async def find(self, letter: Letter, since: int) -> list[Carried]:
        def call(token: Token) -> Call:
            return huawei.iotda_listed(self._keys, token, letter.device)

        answer = await self._with_token(call, self._wire)
        listed = huawei.iotda_found(answer.status_code, answer.content)
        return _likely(listed, letter, huawei.iotda_content(letter.told), since)

    async def look(self, letter: Letter, outside_id: str) -> str:
        def call(token: Token) -> Call:
            return huawei.iotda_query(self._keys, token, letter.device, outside_id)

        answer = await self._with_token(call, self._wire)
        return huawei.iotda_created(answer.status_code, answer.content).result

    async def close(self) -> None:
        await self._wire.close()
        await self._iam.close()


def _likely(listed: list[Carried], letter: Letter, content: bytes, since: int) -> list[Carried]:
    """By our own sign where the carrier keeps it; else by what it holds and when it came, a minute's clock allowed."""
    signed = [one for one in listed if one.mark == letter.mark]
    if signed:
        return signed
    return [
        one
        for one in listed
        if same(one.content, content) and (one.at is None or one.at >= since - _EARLY)
    ]  # fmt: skip
