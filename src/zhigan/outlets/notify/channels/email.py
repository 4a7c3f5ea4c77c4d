"""E-mail by SMTP, with STARTTLS or from the first byte by TLS; `localhost` may do without.

Enters: an address `smtp[s]://user:password@host:port`, a sender. Leaves: a channel. The library speaks in a
thread; its end says whether the server took the letter.
"""

import asyncio
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers.model import Answer, Receipt, Said

PATIENCE_S = 10.0
LOCAL = ("localhost", "127.0.0.1", "::1")


class Email:
    way, name, repeatable = Way.EMAIL, "smtp", False

    def __init__(self, url: str, sender: str, patience: float = PATIENCE_S) -> None:
        self._patience = patience
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "localhost", parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender or self._user

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        return await asyncio.to_thread(self._deliver, self._letter(message))

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._sender, message.notice.address
        letter["Subject"] = message.title
        letter["Message-ID"] = f"<{message.request}@zhigan119>"
        letter["Date"] = format_datetime(message.now)
        letter.set_content(f"{message.text}\n\n智赣119\n")
        return letter

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._patience, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._patience)
        try:
            if not self._tls and self._host not in LOCAL:
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _deliver(self, letter: EmailMessage) -> Answer:
        try:
            server = self._open()
        except smtplib.SMTPResponseException as error:
            return Answer(_said(error.smtp_code, Said.UNREACHED), code=str(error.smtp_code))
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        try:
            with server:
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Answer(_said(code, Said.UNKNOWN), code=str(code))
        except smtplib.SMTPResponseException as error:
            return Answer(_said(error.smtp_code, Said.UNKNOWN), code=str(error.smtp_code))
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Said.UNKNOWN, code=type(error).__name__)
        return Answer(Said.TAKEN, letter["Message-ID"])

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("a mail server is not asked afterwards", later=False)

    async def check(self, now: datetime) -> Answer:
        return await asyncio.to_thread(self._look)

    def _look(self) -> Answer:
        try:
            with self._open() as server:
                code, said = server.noop()
        except smtplib.SMTPResponseException as error:
            return Answer(Said.REFUSED, code=str(error.smtp_code))
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Said.UNREACHED, code=type(error).__name__)
        return Answer(Said.TAKEN) if code == 250 else Answer(Said.REFUSED, code=str(code), text=str(said))


def _said(code: int, else_: Said) -> Said:
    """`else_`: where the server's word is no reply of SMTP's at all."""
    if 400 <= code < 500:
        return Said.LIMITED
    return Said.REFUSED if 500 <= code < 600 else else_
