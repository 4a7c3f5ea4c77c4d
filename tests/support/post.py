"""A mail server in tests: aiosmtpd, which wants a login and does as it is told."""

import asyncio
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "city", "mail-secret-3141"
REPLIES = {"refused": "550 no such mailbox", "limited": "451 try again later"}


class Post:
    def __init__(self) -> None:
        self.mode = "ok"
        self.taken: list[tuple[str, bytes]] = []
        self.attempts = 0
        self.url = ""

    async def recipient(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.attempts += 1
        if self.mode in REPLIES:
            return REPLIES[self.mode]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def letter(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mode in ("ok", "swallowed"):
            self.taken.append((envelope.rcpt_tos[0], envelope.content))
        if self.mode == "broken":
            server.transport.abort()
        if self.mode in ("silent", "swallowed"):
            await asyncio.Event().wait()  # until the other side gives up
        return "250 OK" if self.mode == "ok" else "what?"


def _known(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@asynccontextmanager
async def posting() -> AsyncGenerator[Post]:
    post = Post()
    names = {"handle_RCPT": staticmethod(post.recipient), "handle_DATA": staticmethod(post.letter)}
    handler = type("Handler", (), names)()

    loop = asyncio.get_running_loop()
    lines: list[SMTP] = []

    def line() -> SMTP:
        with warnings.catch_warnings():  # a login without TLS: the wire is this machine's own
            warnings.simplefilter("ignore")
            lines.append(
                SMTP(
                    handler,
                    hostname="here",
                    authenticator=_known,
                    auth_required=True,
                    auth_require_tls=False,
                    loop=loop,
                )
            )
        return lines[-1]

    server = await loop.create_server(line, "127.0.0.1", 0)
    post.url = f"smtp://{USER}:{PASSWORD}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield post
    finally:
        server.close()
        for each in lines:
            if each.transport is not None:
                each.transport.abort()
        await asyncio.sleep(0)
