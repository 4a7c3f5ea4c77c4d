"""The three adapters: a case as a request, an answer as a receipt, a centre's word as stages. Sans I/O, one form each.

Enters: a target with its checked map, a case; status and body of an answer; the body of a feedback. Leaves: a request
with its proof; an `Answer` in the house's five words; `Told`. Absent: sockets, retries (delivery.py), and names (maps).
"""

from datetime import datetime

import msgspec

from zhigan.outlets.dispatch import mapping, texts
from zhigan.outlets.dispatch.mapping import Answers, Map
from zhigan.outlets.dispatch.model import Act, Adapter, Case, Misread, Proof, Target, Told
from zhigan.protocols import cap, gb26875_8, xft3017
from zhigan.protocols.couriers import mapped, webhooks
from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.vocabulary.trees import Tree, any_of

TYPES = {
    Adapter.JSON: "application/json; charset=utf-8",
    Adapter.XML: "application/xml; charset=utf-8",
    Adapter.CAP: "application/cap+xml; charset=utf-8",
}
CERTAINTY = {"on_site": "Observed", "video": "Observed", "phone": "Observed", "corroborated": "Likely"}


class Unfit(ValueError):
    """The case does not make a valid message; the text says why."""


# -- outward


def compose(target: Target, made: Map, case: Case, now: datetime) -> Request:
    body = write(target.adapter, made, case)
    url = target.url.rstrip("/") + made.paths.get(case.act, "")
    headers = {"content-type": TYPES[target.adapter], "idempotency-key": case.message, **made.headers}
    if target.proof is Proof.BEARER:
        headers["authorization"] = f"Bearer {target.secret}"
    elif target.proof is Proof.SIGNATURE:
        signed = webhooks.send(url, target.secret, case.message, body, now).headers
        headers |= {name: value for name, value in signed.items() if name != "content-type"}
    return Request(method="POST", url=url, headers=headers, body=body)


def write(adapter: Adapter, made: Map, case: Case) -> bytes:
    if adapter is Adapter.CAP:
        return _cap(made, case)
    tree = mapping.tree(case, made)
    if adapter is Adapter.XML:
        return gb26875_8.write(made.element[case.act], made.namespace, tree)
    return xft3017.write(tree)


def _category(case: Case) -> str:
    if case.act is Act.WATER:
        return "Infra"
    return "Fire" if case.kind in ("fire", "electrical") else "Safety"


def _cap(made: Map, case: Case) -> bytes:
    tree = mapping.tree(case, made)
    event = str(tree.pop("event", "")) or texts.WHAT.get(case.kind, "警情")
    follows = case.act in (Act.UPDATE, Act.CANCEL)
    first = mapping.stamp(case.first_sent_at or case.sent_at, "rfc3339")
    area = cap.Area(
        description=texts.where(case),
        circles=() if case.lat is None or case.lon is None else (f"{case.lat:.6f},{case.lon:.6f} 0.1",),
        geocodes=(cap.Pair("GB/T 2260", case.area),) if case.area else (),
    )
    info = cap.Info(
        event=event,
        categories=(_category(case),),
        urgency={Act.CANCEL: "Past", Act.WATER: "Expected"}.get(case.act, "Immediate"),
        severity="Unknown",  # how grave a fire is, 119 decides
        certainty="Unlikely" if case.act is Act.CANCEL else CERTAINTY.get(case.basis, "Possible"),
        response_types=("AllClear",) if case.act is Act.CANCEL else ("Execute",),
        effective=mapping.stamp(case.confirmed_at or case.sent_at, "rfc3339"),
        onset=mapping.stamp(case.reported_at, "rfc3339"),
        sender_name=case.reporter or "智赣119",
        headline=texts.title(case),
        description=texts.description(case),
        contact=case.contacts[0].phone if case.contacts else "",
        parameters=tuple(cap.Pair(name, str(value)) for name, value in tree.items()),
        resources=tuple(cap.Resource(description=p.name, mime_type=p.type, uri=p.url) for p in case.plans),
        areas=(area,),
    )
    alert = cap.Alert(
        identifier=case.message,
        sender=made.sender,
        sent=mapping.stamp(case.sent_at, "rfc3339") if follows else first,  # repeated, it is the same message
        status="Exercise" if case.act is Act.EXERCISE else "Actual",
        message_type={Act.UPDATE: "Update", Act.CANCEL: "Cancel"}.get(case.act, "Alert"),
        scope="Restricted",
        restriction="消防应急指挥",
        references=(cap.Reference(made.sender, case.id, first),) if follows else (),
        note=case.note,
        incidents=case.incident,
        infos=(info,),
    )
    document = cap.write(alert)
    try:
        cap.read(document)
    except cap.Unreadable as error:
        raise Unfit(str(error)) from error
    return document


# -- answers


def answer(adapter: Adapter, made: Map, case_message: str, status: int, body: bytes) -> Answer:
    """A receipt is the centre's own word that it has the message; that the door was open is none."""
    if adapter is Adapter.CAP and 200 <= status < 300:
        return _acknowledged(made.answer, case_message, body)
    flaw = ""

    def reading() -> Tree:
        nonlocal flaw
        try:
            return parsed(adapter, body)
        except Misread as error:
            flaw = str(error)[:200]
            return None

    said = mapped.answer(made.answer, reading, status)
    return msgspec.structs.replace(said, text=flaw) if said.code == "malformed" else said


def _acknowledged(rules: Answers, message: str, body: bytes) -> Answer:
    """CAP's own: a message of type Ack that refers to ours."""
    try:
        got = cap.read(body)
    except cap.Unreadable as error:
        return Answer(Said.UNKNOWN, code="no_receipt", text=str(error)[:200])
    if message not in {reference.identifier for reference in got.references}:
        return Answer(Said.UNKNOWN, code="no_receipt", text="refers to another message")
    number = any_of(_spoken(got), rules.number)[:64]
    if got.message_type == "Ack":
        return Answer(Said.TAKEN, number, "Ack", got.note[:200])
    return Answer(Said.REFUSED, number, got.message_type, got.note[:200])


# -- inward


def parsed(adapter: Adapter, body: bytes) -> Tree:
    """Raises `Misread`."""
    try:
        if adapter is Adapter.CAP:
            return _spoken(cap.read(body))
        return gb26875_8.read(body).tree if adapter is Adapter.XML else xft3017.read(body)
    except (cap.Unreadable, gb26875_8.Unreadable, xft3017.Unreadable) as error:
        raise Misread(str(error)[:300]) from error


def _spoken(alert: cap.Alert) -> dict[str, Tree]:
    """An alert as names and values: its own, those of its first info, and its parameters."""
    tree: dict[str, Tree] = {
        "identifier": alert.identifier, "sender": alert.sender, "sent": alert.sent, "note": alert.note,
        "msgType": alert.message_type, "status": alert.status,
    }  # fmt: skip
    if alert.references:
        tree["references"] = alert.references[0].identifier
    for info in alert.infos[:1]:
        tree |= {"event": info.event, "headline": info.headline, "description": info.description}
        tree |= {"onset": info.onset, "effective": info.effective}
        tree |= {pair.name: pair.value for pair in info.parameters}
    return tree


def feedback(target_adapter: Adapter, made: Map, body: bytes, sender_key: str = "") -> list[Told]:
    return mapping.told(parsed(target_adapter, body), made.feedback, sender_key)


def fresh_map(adapter: Adapter, document: dict[str, object]) -> str:
    """A shipped map as the text that is kept and edited."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
