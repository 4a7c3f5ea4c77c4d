"""Signing in by a text message over HTTP. Asking is answered alike whether or not an account has that number."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from zhigan.access.codes import APART, LASTS, Codes
from zhigan.access.shapes import CodeAsked, CodeCredentials, CodeWanted, Token, Ways
from zhigan.webapi.authentication import PUBLIC, address, session_cookie

Texted = NamedDependency[SkipValidation[Codes]]
DAY_S = 86_400


class CodeLogin(Controller):
    """`app.build(dependencies={"codes": Codes})`."""

    path = "/login"
    tags = ("access",)

    @get("/ways", opt=PUBLIC, operation_id="getLoginWays")
    async def ways(self, codes: Texted) -> Ways:
        """How one may sign in here; `code`: by a text message."""
        return Ways(codes.offered)

    @post("/code", opt=PUBLIC, status_code=202, operation_id="askLoginCode")
    async def ask(self, request: Request[Any, Any, Any], codes: Texted, data: JSONBody[CodeWanted]) -> CodeAsked:
        """A code by text message to the one account with that number; the answer does not tell whether there is one."""
        await codes.ask(data.phone, address(request))
        return CodeAsked(int(LASTS.total_seconds()), int(APART.total_seconds()))

    @post("/code/confirm", opt=PUBLIC, status_code=200, operation_id="logInByCode")
    async def log_in(
        self, request: Request[Any, Any, Any], codes: Texted, data: JSONBody[CodeCredentials]
    ) -> Response[Token]:
        """A session, as `POST /login` gives it."""
        agent = request.headers.get("user-agent", "")
        entered = await codes.enter(data.phone, data.code, address(request), agent, data.second_factor)
        secure = request.url.scheme == "https"
        cookie = session_cookie(entered.token, secure=secure, seconds=entered.life_days * DAY_S)
        return Response(Token(entered.token, entered.recovery_codes), cookies=[cookie])


handlers: list[type[Controller]] = [CodeLogin]
