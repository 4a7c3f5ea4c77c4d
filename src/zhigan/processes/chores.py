"""The commands beside `serve`: accounts, imports, proofs, the demo, decoding. Everything is imported here.

Enters: arguments, environment, `zhigan.toml`. Leaves: what the rooms' own commands say. Absent: any work of its own.
"""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import asyncpg

import zhigan
from zhigan.access import command as access_command
from zhigan.access import importing as access_importing
from zhigan.access import importing_hosted
from zhigan.access.vault import Vault
from zhigan.bus import log as event_log
from zhigan.desks.electrical import importing as electrical_importing
from zhigan.desks.shifts import book
from zhigan.federation.desk import Federation, NotJoined
from zhigan.gateways.lwm2m.keys import KeyWrong
from zhigan.incidents import proof
from zhigan.processes import coap, demo, mqtt
from zhigan.processes.outside import way_out
from zhigan.processes.prepare import prepare
from zhigan.protocols.gb26875 import lines as decoding
from zhigan.registry import importing, roads_importing
from zhigan.runtime import logs
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import show
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import COMMAND_LINE

OTHERS = {"users": access_importing.run, "hosted": importing_hosted.run, "roads": roads_importing.run}
"""Kinds of import that read their files themselves."""


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["simulate"]:
        return demo.simulate(arguments[1:])
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zhigan", description="智赣119: the open city fire-safety IoT platform")
    parser.add_argument("--version", action="version", version=f"zhigan119 {zhigan.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    commands.add_parser("serve", help="the platform; `zhigan serve --help`", add_help=False)

    running = commands.add_parser("run", help="the demo city: platform, seeded Ji'an, simulator, logins")
    running.add_argument("--demo", action="store_true", required=True, help="with demo data, in a folder of its own")
    running.add_argument("--port", type=int, default=8119, help="of the console")
    running.add_argument("--quiet-city", action="store_true", help="no simulator")
    running.set_defaults(run=_run)

    user = commands.add_parser("user", help="accounts").add_subparsers(metavar="ACT", required=True)
    adding = user.add_parser("add", help="a new account")
    adding.add_argument("name")
    adding.add_argument("--role", required=True, choices=[role.value for role in Role])
    adding.add_argument("--scope", default="city", help="city, or terms like area:360802,360803+industry:education")
    adding.add_argument("--password-stdin", action="store_true", required=True, help="the password, on standard input")
    adding.set_defaults(run=_add_user)
    resetting = user.add_parser("reset-factor", help="remove an account's second factor")
    resetting.add_argument("name")
    resetting.set_defaults(run=_reset_factor)

    keys = commands.add_parser("device-key", help="DTLS keys of devices").add_subparsers(metavar="ACT", required=True)
    giving = keys.add_parser("set", help="a device's pre-shared key")
    giving.add_argument("endpoint", help="the endpoint name, which is its DTLS identity too")
    giving.add_argument("--key-stdin", action="store_true", required=True, help="the key: characters, or hex:…")
    giving.set_defaults(run=_set_key)
    taking = keys.add_parser("remove", help="the device is let in no more")
    taking.add_argument("endpoint")
    taking.set_defaults(run=_remove_key)

    importer = commands.add_parser(
        "import", help="units, devices, hydrants, grids, users, sub-platforms from CSV; roads from GeoJSON or CSV"
    )
    importer.add_argument("kind", choices=(*importing.KINDS, *electrical_importing.CHOICE, *OTHERS))
    importer.add_argument("file", type=Path)
    importer.set_defaults(run=_import)

    decoder = commands.add_parser("decode", help="explain GB/T 26875.3 frames in words")
    decoder.add_argument("hex", nargs="+", metavar="HEX")
    decoder.add_argument("--json", action="store_true", help="one object a line")
    decoder.add_argument("--lang", choices=("zh", "en"), default="zh")
    decoder.set_defaults(run=_decode)

    audit = commands.add_parser("audit", help="proofs").add_subparsers(metavar="ACT", required=True)
    verifying = audit.add_parser("verify", help="check the hash chains of incidents and event log")
    verifying.set_defaults(run=_verify)

    _federation(commands.add_parser("federation", help="the platform above"))

    broker = commands.add_parser("mqtt", help="access rules of the MQTT broker, from the registry")
    broker.add_argument(
        "what", choices=("acl", "passwd", "passwords"),
        help="acl: mosquitto's acl_file; passwd: its password_file; passwords: a secret for each device, as CSV",
    )  # fmt: skip
    broker.set_defaults(run=_mqtt)
    commands.add_parser("simulate", help="the city simulator; `zhigan simulate --help`", add_help=False)
    return parser


def _federation(parser: argparse.ArgumentParser) -> None:
    joining = parser.add_subparsers(metavar="ACT", required=True).add_parser(
        "join", help="redeem an invitation of the platform above"
    )
    joining.add_argument("url", help="https://city.example")
    joining.add_argument("code", help="as it was shown once")
    joining.set_defaults(run=_join)


def _settings() -> Settings:
    return Settings.load(os.environ, Path("zhigan.toml"))


@contextlib.asynccontextmanager
async def _connected(settings: Settings) -> AsyncGenerator[Connection]:
    """A migrated database: that of a running `serve`, or one of our own for the moment."""
    async with database(settings) as dsn:
        await prepare(dsn, settings)
        conn = await asyncpg.connect(dsn)
        try:
            yield conn
        finally:
            await conn.close()


def _run(options: argparse.Namespace) -> int:
    return demo.main(os.environ, options.port, simulator=not options.quiet_city)


def _add_user(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\n")
    return asyncio.run(_add_user_now(_quiet(_settings()), options, password))


async def _add_user_now(settings: Settings, options: argparse.Namespace, password: str) -> int:
    async with _connected(settings) as conn:
        try:
            await access_command.add_user(
                conn, SystemClock(), name=options.name, role=options.role, scope=options.scope, password=password
            )
        except access_command.Refused as refused:
            print(f"zhigan: {refused}", file=sys.stderr)
            return 1
    print(f"account {options.name}: role {options.role}, scope {options.scope}")
    return 0


def _join(options: argparse.Namespace) -> int:
    return asyncio.run(_join_now(_quiet(_settings()), options))


async def _join_now(settings: Settings, options: argparse.Namespace) -> int:
    clock = SystemClock()
    vault = Vault.of(settings.data, settings.secret_key.reveal() if settings.secret_key else None)
    async with database(settings) as dsn:
        await prepare(dsn, settings)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
            joint = Federation(pool, clock, vault, way_out(settings))
            try:
                made = await joint.join(options.url, options.code, COMMAND_LINE.name)
            except NotJoined as refused:
                print(f"zhigan: {refused}", file=sys.stderr)
                return 1
            finally:
                await joint.close()
            async with pool.acquire() as conn:
                await audit(conn, COMMAND_LINE, clock.now(), "federation.joined_up", made.id, {"url": made.url})
    print(f"joined to {made.name} as {made.called}, scope {show(made.scope)}")
    return 0


def _reset_factor(options: argparse.Namespace) -> int:
    return asyncio.run(_reset_factor_now(_quiet(_settings()), options.name))


async def _reset_factor_now(settings: Settings, name: str) -> int:
    async with _connected(settings) as conn:
        try:
            removed = await access_command.reset_factor(conn, SystemClock(), name)
        except access_command.Refused as refused:
            print(f"zhigan: {refused}", file=sys.stderr)
            return 1
    print(f"account {name}: second factor {'removed' if removed else 'was not enrolled'}")
    return 0


def _set_key(options: argparse.Namespace) -> int:
    words = sys.stdin.readline().rstrip("\n")
    return asyncio.run(_keyed(_quiet(_settings()), options.endpoint, words))


def _remove_key(options: argparse.Namespace) -> int:
    return asyncio.run(_keyed(_quiet(_settings()), options.endpoint, None))


async def _keyed(settings: Settings, endpoint: str, words: str | None) -> int:
    """The running gateway sees it within seconds."""
    async with _connected(settings) as conn:
        try:
            changed = coap.keyed(settings, endpoint, words)
        except KeyWrong as error:
            print(f"zhigan device-key: {error}", file=sys.stderr)
            return 1
        if not changed:
            print(f"zhigan device-key: {endpoint} has no key", file=sys.stderr)
            return 1
        async with conn.transaction():
            act = "device_key.removed" if words is None else "device_key.set"
            await audit(conn, COMMAND_LINE, SystemClock().now(), act, endpoint, {})
    return 0


def _import(options: argparse.Namespace) -> int:
    return asyncio.run(_import_now(_quiet(_settings()), options.kind, options.file))


async def _import_now(settings: Settings, kind: str, file: Path) -> int:
    async with _connected(settings) as conn:
        if kind in OTHERS:
            return await OTHERS[kind](kind, file, conn, SystemClock(), print)
        return await importing.run(kind, file, conn, SystemClock(), print, electrical_importing.CHOICE)


def _decode(options: argparse.Namespace) -> int:
    lines, code = decoding.decode_lines(options.hex, options.json, options.lang)
    for line in lines:
        print(line)
    return code


def _verify(options: argparse.Namespace) -> int:
    return asyncio.run(_verify_now(_quiet(_settings())))


async def _verify_now(settings: Settings) -> int:
    async with _connected(settings) as conn:
        broken = [f"event log: {link}" for link in [await event_log.verify(conn)] if link is not None] + [
            f"incidents: {link}" for link in [await proof.verify(conn)] if link is not None
        ]
        broken += [f"duty book: {link}" for link in [await book.verify(conn)] if link is not None]
    for line in broken:
        print(f"broken: {line}")
    if not broken:
        print("event log and incidents: every link holds")
    return 1 if broken else 0


def _mqtt(options: argparse.Namespace) -> int:
    return asyncio.run(_mqtt_now(_quiet(_settings()), options.what))


async def _mqtt_now(settings: Settings, what: str) -> int:
    async with _connected(settings) as conn:
        for line in await mqtt.print_rights(settings, conn, what):
            print(line)
    return 0


def _quiet(settings: Settings) -> Settings:
    """A command speaks in its own words; the log only when something is wrong."""
    logs.configure("warning", settings.log_format, process="command")
    return settings
