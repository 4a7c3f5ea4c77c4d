"""A raw frame in words, for whoever has it before him: what lies in quarantine belongs to no incident."""

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from zhigan.incidents.views import Words, in_words
from zhigan.webapi import problems
from zhigan.webapi.given import Caller
from zhigan.webapi.pages import Page

LONGEST = 8192


class RawFrame(msgspec.Struct, frozen=True):
    """`raw` in hexadecimal."""

    gateway: str
    raw: str


class Frames(Controller):
    path = "/frames"
    tags = ("incidents",)

    @post("/explain", status_code=200, operation_id="explainFrame")
    async def explain(self, principal: Caller, data: JSONBody[RawFrame]) -> Page[Words]:
        """Line by line in Chinese and English; nothing for gateways whose frames do not speak for themselves."""
        try:
            raw = bytes.fromhex(data.raw[: LONGEST * 2])
        except ValueError:
            raise problems.invalid("raw", "pairs of hexadecimal digits") from None
        return Page(in_words(data.gateway, raw, ""))


handlers: list[type[Controller]] = [Frames]
