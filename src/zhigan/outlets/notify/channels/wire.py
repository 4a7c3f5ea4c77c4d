"""HTTP as channels use it: one attempt, with its end known in five words.

Enters: a request ready for the wire. Leaves: status and body, or what the network's failure means: nobody reached
(surely not taken) or no answer (may have been taken). Absent: retries, and the client itself (runtime).
"""

from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.runtime.outward import ANSWER_S, Outward, Reply, Unanswered, Unheard

__all__ = ["ANSWER_S", "Failed", "Reply", "Wire"]


class Failed(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


class Wire:
    def __init__(self, answer_s: float = ANSWER_S) -> None:
        self.answer_s = answer_s
        self._outward = Outward(answer_s)

    async def close(self) -> None:
        await self._outward.close()

    async def call(self, request: Request) -> tuple[int, bytes]:
        """Raises `Failed`."""
        reply = await self.ask(request)
        return reply.status, reply.body

    async def ask(self, request: Request) -> Reply:
        """Raises `Failed`."""
        try:
            return await self._outward.ask(request.method, request.url, request.headers, request.body)
        except Unheard as error:
            raise Failed(Answer(Said.UNREACHED, code=str(error))) from error
        except Unanswered as error:
            raise Failed(Answer(Said.UNKNOWN, code=str(error))) from error
