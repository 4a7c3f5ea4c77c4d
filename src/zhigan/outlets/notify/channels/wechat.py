"""WeChat: the official account's template message; the mini-program's subscribe message where there is no account.

Enters: ids, secrets, templates. Leaves: channels of the way `wechat`; an address is an openid, `mini:` before one of
the mini-program. One owner of each access token; a token that has ended is fetched anew once.
"""

from datetime import datetime, timedelta

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import wechat
from zhigan.protocols.couriers.model import Answer, Receipt, Said

MINI = "mini:"
SHORT = 20
"""WeChat's `thing` values: at most so many characters."""


class Tokens:
    """The access token of one WeChat app."""

    def __init__(self, wire: Wire, url: str, app: str, secret: str) -> None:
        self._wire, self._url, self._app, self._secret = wire, url, app, secret
        self._held = ""
        self._until: datetime | None = None

    async def get(self, now: datetime, *, anew: bool = False) -> str | Answer:
        if self._held and not anew and self._until is not None and now < self._until:
            return self._held
        try:
            read = wechat.read_token(*await self._wire.call(wechat.token(self._url, self._app, self._secret)))
        except Failed as failed:
            return Answer(Said.UNREACHED, code=failed.answer.code)  # the message itself was not sent yet
        if isinstance(read, Answer):
            return Answer(Said.UNREACHED if read.said is Said.UNKNOWN else read.said, code=read.code, text=read.text)
        self._held, self._until = read.access_token, now + timedelta(seconds=max(60, read.expires_in - 300))
        return self._held


class WeChat:
    """`official`: template messages know our id for ten minutes; subscribe messages do not."""

    way = Way.WECHAT

    def __init__(self, wire: Wire, tokens: Tokens, url: str, template: str, *, official: bool, page: str = "") -> None:
        self._wire, self._tokens, self._url, self._template = wire, tokens, url, template
        self._official, self._page = official, page
        self.name = "official" if official else "miniprogram"
        self.repeatable = False

    def reaches(self, address: str) -> bool:
        return address.startswith(MINI) is not self._official

    async def send(self, message: Message) -> Answer:
        address = message.notice.address
        answer = await self._attempt(message, address.removeprefix(MINI), anew=False)
        if answer.code in wechat.TOKEN_OVER:
            answer = await self._attempt(message, address.removeprefix(MINI), anew=True)
        return answer

    async def _attempt(self, message: Message, openid: str, *, anew: bool) -> Answer:
        token = await self._tokens.get(message.now, anew=anew)
        if isinstance(token, Answer):
            return token
        values = {
            "thing1": message.values["what"][:SHORT],
            "thing2": message.values["short"][:SHORT],
            "time3": message.values["time"],
            "thing4": message.values["advice"][:SHORT],
        }
        if self._official:
            request = wechat.template(self._url, token, openid, self._template, values, "", message.request)
        else:
            request = wechat.subscribe(self._url, token, openid, self._template, values, self._page)
        try:
            return wechat.answer(*await self._wire.call(request))
        except Failed as failed:
            return failed.answer

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("WeChat tells by events only", later=False)

    async def check(self, now: datetime) -> Answer:
        """A token that can be had: the keys are known there."""
        token = await self._tokens.get(now, anew=True)
        return token if isinstance(token, Answer) else Answer(Said.TAKEN)
