"""The CAP feed: every desk incident's messages, written once, and Atom pages of them.

Enters: events, with the owner's connection in the transaction that moves the cursor; rows of the feed. Leaves:
documents that stay as they are, each naming the earlier one it updates or cancels; bytes of a page. Row security
decides who sees which. Absent: HTTP (api_cap.py), and webhooks, whose subscribers have threads of their own
(delivery.py).
"""

from collections.abc import Sequence

from asyncpg import Record
from msgspec.structs import astuple

from zhigan.bus.log import Event
from zhigan.incidents import reading
from zhigan.outlets.subscriptions import capping, composing, figures, rules
from zhigan.outlets.subscriptions.capping import Unfit
from zhigan.outlets.subscriptions.model import Thread
from zhigan.outlets.subscriptions.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.markup import text

ATOM = "application/atom+xml; charset=utf-8"
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"


class Feed:
    def __init__(self, sender: str) -> None:
        self._sender = sender

    async def follow(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        ours = [e for e in events if _ours(e)]
        if not ours:
            return []
        ids = sorted({e.subject for e in ours})
        rows = {row.id: row for row in await reading.several(conn, ids)}
        threads: dict[str, Thread] = {}
        added: list[tuple[object, ...]] = []
        for r in await conn.fetch(SQL.told_alerts, ids):
            before = rules.standing(threads.get(r["incident"]))
            threads[r["incident"]] = rules.continued(before, r["identifier"], r["sent"], r["told"])
        for event in ours:
            before, told = rules.standing(threads.get(event.subject)), rules.told(event.type, event.body)
            left = event.type is EventType.INCIDENT_LEFT
            row = None if left else rows.get(event.subject)
            if (row is None and not left) or (before is None and left) or (before is not None and before.told == told):
                continue
            facts = None if row is None else composing.as_it_stood(composing.facts(row), event)
            kind = capping.message_type(facts, follows=before is not None)
            identifier, sent = f"{event.subject}-{event.id}", composing.local(event.received_at)
            try:
                document = capping.compose(
                    facts, incident=event.subject, identifier=identifier, sender=self._sender, sent=sent, kind=kind,
                    before=before,
                )  # fmt: skip
            except Unfit:
                figures.poisoned.inc()
                continue
            title = f"[{kind}] {'' if facts is None else capping.title(facts)}".strip()
            status = "Actual" if facts is None else capping.STATUS[facts.nature]
            added.append((
                event.id, event.subject, identifier, sent, kind, status, told, title, document.decode(),
                *astuple(event.owned),
            ))  # fmt: skip
            figures.alerts.labels(kind).inc()
            threads[event.subject] = rules.continued(before, identifier, sent, told)
        if added:
            await conn.executemany(SQL.add_alert, added)
        return []


def _ours(event: Event) -> bool:
    return event.type is EventType.INCIDENT_LEFT or (
        event.type in rules.FOLLOWED and event.body.get("queue") == rules.DESK
    )


def atom(rows: Sequence[Record], base: str, here: str, more: str | None) -> bytes:
    """A page of the feed, newest first. `here` and `more` are addresses of pages."""
    updated = capping.stamp(rows[0]["sent"]) if rows else "1970-01-01T08:00:00+08:00"
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{ATOM_NAMESPACE}">',
        f"<id>{text(base)}</id><title>智赣119 CAP</title><updated>{updated}</updated>",
        "<author><name>智赣119</name></author>",
        _link("self", here, "application/atom+xml"),
        "" if more is None else _link("next", more, "application/atom+xml"),
        *(_entry(r, base) for r in rows),
        "</feed>\n",
    ]
    return "".join(parts).encode()


def _entry(r: Record, base: str) -> str:
    link = f"{base}/{r['identifier']}"
    at = capping.stamp(r["sent"])
    return (
        f"<entry><id>{text(link)}</id><title>{text(r['title'])}</title><updated>{at}</updated><published>{at}</published>"
        f'<category term="{text(r["message_type"])}"/><category term="{text(r["status"])}"/>'
        f"{_link('alternate', link, 'application/cap+xml')}</entry>"
    )


def _link(rel: str, href: str, kind: str) -> str:
    return f'<link rel="{rel}" type="{kind}" href="{text(href)}"/>'
