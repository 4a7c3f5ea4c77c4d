"""A 119 command centre for demo and tests: takes incidents as such centres do, answers, tells of its engines.

Enters: HTTP of any platform that speaks one of the three forms (JSON with XF/T 3017 names, GB/T 26875.8 XML, CAP 1.2).
Leaves: a receipt with a number of its own; later what its engines do, posted to the platform; a page that shows all of
it. An honest stranger: it knows no platform, checks who sends and what is said, takes one message once, gives its own
grade (火警等级) and refuses whoever writes it. It can be ill on purpose (`Mode`).
`python -m citysim.centre119 --listen HOST:PORT`; secrets and the feedback address come from the environment.
"""

import argparse
import asyncio
import contextlib
import enum
import html
import os
import random
import sys
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from citysim.clock import micros
from citysim.door import Answer, Door, stay
from zhigan.protocols import cap, gb26875_8, xft3017
from zhigan.protocols.couriers import webhooks
from zhigan.vocabulary.moments import SHANGHAI, to_datetime
from zhigan.vocabulary.trees import Tree, names, said

MOST_KEPT = 500
MOST_BYTES = 512 * 1024
PATIENCE_S = 10.0
LATE_S = 4.5
STAGES: tuple[tuple[str, str, float], ...] = (
    ("受理", "已受理，正在调派", 2.0),
    ("20", "吉州大队两车十二人出动", 12.0),
    ("22", "到达现场", 45.0),
    ("23", "开始出水", 30.0),
    ("控制", "火势已控制", 60.0),
    ("25", "归队", 60.0),
)
"""What its engines do, and how many seconds after the stage before, when the city's clock runs as ours."""


class Mode(enum.StrEnum):
    WELL = "well"
    REFUSES = "refuses"
    HANGS = "hangs"  # takes nothing, answers nothing
    LATE = "late"  # takes it, and answers when nobody listens any more
    TWICE = "twice"  # says everything twice
    DOWN = "down"  # closes the door


class Form(enum.StrEnum):
    JSON = "json"
    XML = "xml"
    CAP = "cap"


class Got(msgspec.Struct, kw_only=True):
    """One message, however often it came."""

    id: str
    incident: str
    what: str
    form: Form
    where: str
    title: str
    text: str
    number: str
    at: datetime
    exercise: bool
    times: int = 1
    stage: str = ""
    body: str = ""


class Refused(Exception):
    """It is not taken; the text says why."""


class Centre:
    """`got` is what was taken, oldest first; `mode` may be changed while it runs."""

    def __init__(
        self, token: str = "", feedback: str = "", feedback_token: str = "", seed: int = 119, pace: float = 1.0
    ) -> None:
        self.token, self.feedback, self.feedback_token, self.pace = token, feedback, feedback_token, pace
        self.mode = Mode.WELL
        self.got: deque[Got] = deque(maxlen=MOST_KEPT)
        self.attempts = 0
        self.complaints: list[str] = []
        self.heard: list[int] = []
        """What was answered to each word that its engines said."""
        self._chance = random.Random(seed)
        self._numbers: dict[str, str] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._door = Door(self._answer, MOST_BYTES)

    # -- the door

    async def open(self, host: str, port: int) -> int:
        return await self._door.open(host, port)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self._door.close()

    async def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        if parts.path == "/control" and method == "POST":
            self.mode = Mode(dict(parse_qsl(parts.query or body.decode())).get("mode", "well"))
            return 303, "text/plain", b""
        if parts.path == "/got.json":
            return 200, "application/json", msgspec.json.encode([msgspec.to_builtins(each) for each in self.got])
        if method != "POST":
            return 200, "text/html", page(list(self.got), self.mode).encode()
        self.attempts += 1
        form = _form(headers.get("content-type", ""))
        if self.mode is Mode.DOWN:
            return 0, "", b""
        if self.mode is Mode.HANGS:
            await asyncio.sleep(3600)
        if self.token and headers.get("authorization") != f"Bearer {self.token}":
            return 401, "application/json", b'{"code":401,"msg":"who are you"}'
        try:
            if self.mode is Mode.REFUSES:
                raise Refused("系统维护，请电话报警")
            got = self._taken(form, headers, body)
        except Refused as why:
            self.complaints.append(str(why))
            return (
                200,
                "application/json" if form is Form.JSON else "application/xml",
                _refusal(form, headers, str(why)),
            )
        if self.mode is Mode.LATE:
            await asyncio.sleep(LATE_S)
        return 200, "application/json" if form is Form.JSON else "application/xml", _receipt(got, self._cap_id())

    # -- what is taken

    def _taken(self, form: Form, headers: Mapping[str, str], body: bytes) -> Got:
        read = _read(form, body)
        there = next((g for g in self.got if g.id == read.id), None)
        if there is not None:
            there.times += 1
            return there
        wrote = xft3017.GRADES & set(names(read.tree))
        if wrote:
            raise Refused(f"{', '.join(sorted(wrote))}: 火警等级由119确定")
        number = self._numbers.setdefault(read.incident, f"3608{micros() // 1_000_000}{len(self._numbers) + 1:03d}")
        got = Got(
            id=read.id, incident=read.incident, what=read.what, form=form, where=read.where, title=read.title,
            text=read.text, number=number, at=to_datetime(micros()), exercise=read.exercise,
            body=body.decode("utf-8", "replace"),
        )  # fmt: skip
        self.got.append(got)
        if got.what == "alert" and not got.exercise and self.feedback:
            self._later(self._engines(got))
        return got

    async def _engines(self, got: Got) -> None:
        """They go unless it is called off."""
        for n, (stage, text, seconds) in enumerate(STAGES):
            await asyncio.sleep(seconds * self.pace * self._chance.uniform(0.8, 1.2))
            if any(g.incident == got.incident and g.what == "cancel" for g in self.got) and stage != "25":
                continue
            got.stage = stage
            for _ in range(2 if self.mode is Mode.TWICE else 1):
                self.heard.append(await self.say(got, stage, text, f"{got.number}-{n}", to_datetime(micros())))

    async def say(self, got: Got, stage: str, text: str, key: str, at: datetime) -> int:
        """One word on an incident, posted until it is taken; the status of the last answer."""
        body = word(got, stage, text, key, at)
        return await self._post(body, got.form, key)

    async def _post(self, body: bytes, form: Form, key: str) -> int:
        where = urlsplit(self.feedback)
        kind = {Form.JSON: "application/json", Form.XML: "application/xml", Form.CAP: "application/cap+xml"}[form]
        status = 0
        for pause in (0.0, 2.0, 5.0, 15.0, 30.0):
            await asyncio.sleep(pause * self.pace)
            proof = self._proof(key, body)
            head = (
                f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: {kind}\r\n{proof}"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    reader, writer = await asyncio.open_connection(where.hostname, where.port or 80)
                    writer.write(head.encode() + body)
                    line = await reader.readline()
                    writer.close()
                status = int(line.split(b" ", 2)[1]) if line.startswith(b"HTTP/") else 0
            if 200 <= status < 500:
                break
        return status

    def _proof(self, key: str, body: bytes) -> str:
        if self.feedback_token.startswith("whsec_"):
            sent = webhooks.send(self.feedback, self.feedback_token, key, body, to_datetime(micros()))
            return "".join(f"{n}: {v}\r\n" for n, v in sent.headers.items() if n != "content-type")
        return f"Authorization: Bearer {self.feedback_token}\r\n" if self.feedback_token else ""

    def _cap_id(self) -> str:
        return f"119-{micros()}-{self._chance.randrange(10**6)}"

    def _later(self, act: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(act)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


# -- forms


class _Read(msgspec.Struct):
    id: str
    incident: str
    what: str
    where: str
    title: str
    text: str
    exercise: bool
    tree: Tree


def _form(kind: str) -> Form:
    if "cap" in kind:
        return Form.CAP
    return Form.XML if "xml" in kind else Form.JSON


WHAT = {
    "报警": "alert", "续报": "update", "撤销（误报）": "cancel", "演练，非真实火警": "exercise",
    "水源状态，非火警": "water",
}  # fmt: skip


def _read(form: Form, body: bytes) -> _Read:
    if form is Form.CAP:
        return _read_cap(body)
    try:
        tree = xft3017.read(body) if form is Form.JSON else gb26875_8.read(body).tree
    except (xft3017.Unreadable, gb26875_8.Unreadable) as error:
        raise Refused(str(error)) from error
    lacking = xft3017.missing(tree)
    if lacking:
        raise Refused(f"缺少 {', '.join(lacking)}")
    what = WHAT.get(said(tree, "XXLB"), "alert")
    return _Read(
        said(tree, "BJ_TYWYSBM") or said(tree, "JQ_TYWYSBM"), said(tree, "JQ_TYWYSBM"), what, said(tree, "DDMC"),
        said(tree, "MC"), said(tree, "BJNR"), said(tree, "SFYL") == "true", tree,
    )  # fmt: skip


def _read_cap(body: bytes) -> _Read:
    try:
        alert = cap.read(body)
    except cap.Unreadable as error:
        raise Refused(str(error)) from error
    info = alert.infos[0]
    what = {"Update": "update", "Cancel": "cancel"}.get(alert.message_type, "alert")
    if "Infra" in info.categories:
        what = "water"
    incident = alert.references[0].identifier if alert.references else alert.identifier
    where = info.areas[0].description if info.areas else ""
    exercise = alert.status != "Actual"
    tree: dict[str, Tree] = {pair.name: pair.value for pair in info.parameters}
    return _Read(alert.identifier, incident, what, where, info.headline, info.description, exercise, tree)


def _receipt(got: Got, own: str) -> bytes:
    again = got.times > 1
    if got.form is Form.JSON:
        code, msg = (409, "已接收过") if again else (0, "ok")
        return msgspec.json.encode({"code": code, "msg": msg, "data": {"JQBH": got.number}})
    if got.form is Form.XML:
        return gb26875_8.write("hz", "", {"code": "409" if again else "0", "JQBH": got.number, "msg": "ok"})
    return cap.write(_cap_spoken("Ack", got, own, "已接收", {"JQBH": got.number}))


def _refusal(form: Form, headers: Mapping[str, str], why: str) -> bytes:
    if form is Form.JSON:
        return msgspec.json.encode({"code": 500, "msg": why})
    if form is Form.XML:
        return gb26875_8.write("hz", "", {"code": "500", "msg": why})
    reference = cap.Reference("x", headers.get("idempotency-key", "x"), _stamp(to_datetime(micros())))
    alert = cap.Alert(
        identifier=f"119-{micros()}", sender="119", sent=_stamp(to_datetime(micros())), status="Actual",
        message_type="Error", scope="Restricted", restriction="x", note=why, references=(reference,),
    )  # fmt: skip
    return cap.write(alert)


def _stamp(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _cap_spoken(kind: str, got: Got, own: str, text: str, told: Mapping[str, str]) -> cap.Alert:
    sent = _stamp(to_datetime(micros()))
    reference = cap.Reference("zhigan119", got.id, _stamp(got.at))
    info = cap.Info(
        event="火警", urgency="Immediate", severity="Unknown", certainty="Observed", description=text,
        parameters=tuple(cap.Pair(name, value) for name, value in told.items()),
    )  # fmt: skip
    return cap.Alert(
        identifier=own, sender="119", sent=sent, status="Exercise" if got.exercise else "Actual", message_type=kind,
        scope="Restricted", restriction="消防", note=text, references=(reference,), infos=(info,),
    )  # fmt: skip


def word(got: Got, stage: str, text: str, key: str, at: datetime) -> bytes:
    """What the centre says of an incident, in the form in which it was told of it."""
    if got.form is Form.CAP:
        told = {"stage": stage, "JQBH": got.number, "DPCL_SL": "2"}
        spoken = _cap_spoken("Update", got, key, text, told)
        info = msgspec.structs.replace(spoken.infos[0], onset=_stamp(at))
        return cap.write(msgspec.structs.replace(spoken, infos=(info,)))
    tree: dict[str, Tree] = {
        "JQ_TYWYSBM": got.incident, "JQBH": got.number, "FK_TYWYSBM": key, "FKNR": text, "DPCL_SL": 2, "DPRY_RS": 12,
        "JQZT": {"LBDM": stage, "RQSJ": at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")},
    }  # fmt: skip
    return xft3017.write(tree) if got.form is Form.JSON else gb26875_8.write("fk", "", tree)


# -- the page

STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:0 auto;max-width:60rem;padding:1rem;"
    "background:#f4f5f7;color:#1b1f24}h1{font-size:1.3rem}article{background:#fff;border:1px solid #d0d7de;"
    "border-radius:6px;padding:.6rem .9rem;margin:.5rem 0}header{display:flex;gap:1rem;flex-wrap:wrap;font-weight:600}"
    "header span:last-child{margin-left:auto;font-weight:400;color:#57606a}p{margin:.3rem 0}form{display:inline}"
    "button{font:inherit;padding:.3rem .8rem;margin:0 .5rem .5rem 0;min-height:36px}.now{font-weight:700}"
)
MODES = {
    Mode.WELL: "正常", Mode.REFUSES: "拒收", Mode.HANGS: "不应答", Mode.LATE: "迟到应答", Mode.TWICE: "重复反馈",
    Mode.DOWN: "断线",
}  # fmt: skip
KINDS = {"alert": "报警", "update": "续报", "cancel": "撤销", "water": "水源状态"}
SHOWN_STAGES = {"20": "出动", "22": "到场", "23": "出水", "25": "归队"}


def page(items: Sequence[Got], mode: Mode) -> str:
    listed = "".join(_shown(item) for item in reversed(items)) or "<p>还没有接到警情。等值班员确认一起火警。</p>"
    buttons = "".join(
        f"<form method=post action='/control?mode={each}'><button {'class=now' if each is mode else ''}>{word}</button>"
        "</form>"
        for each, word in MODES.items()
    )
    return (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta http-equiv=refresh content=3><title>演示119指挥中心</title><style>{STYLE}</style>"
        f"<h1>演示119指挥中心 · 收到 {len(items)} 条</h1><p>这里代替消防应急指挥系统。平台移交的警情到这里，"
        f"出动、到场、出水等由这里反馈回去。</p><p>让它出故障：{buttons}</p>{listed}</html>"
    )


def _shown(item: Got) -> str:
    clock = item.at.astimezone(SHANGHAI).strftime("%H:%M:%S")
    kind = "演练" if item.exercise else KINDS.get(item.what, item.what)
    stage = SHOWN_STAGES.get(item.stage, item.stage)
    more = f" · 收到 {item.times} 次" if item.times > 1 else ""
    return (
        f"<article><header><span>{kind}</span><span>{html.escape(item.number)}</span><span>{html.escape(stage)}</span>"
        f"<span>{clock}{more}</span></header><p>{html.escape(item.title)} · {html.escape(item.where)}</p>"
        f"<p>{html.escape(item.text)}</p></article>"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="citysim.centre119", description="a 119 command centre for the demo")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--feedback", default="", metavar="URL", help="where its word on an incident goes")
    parser.add_argument("--pace", type=float, default=1.0, help="1: engines take their time; 0.1: ten times faster")
    parser.add_argument("--seed", type=int, default=119)
    options = parser.parse_args(argv)
    centre = Centre(
        token=os.environ.get("CITYSIM_119_TOKEN", ""), feedback=options.feedback,
        feedback_token=os.environ.get("CITYSIM_119_FEEDBACK_TOKEN", ""), seed=options.seed, pace=options.pace,
    )  # fmt: skip

    asyncio.run(stay(centre, options.listen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
