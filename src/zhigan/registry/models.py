"""Models of devices in the registry: what each is and how often it reports, and which device is of which.

Enters: descriptions (from the protocols' folders, by way of processes), and what gateways recognised. Leaves: rows, by
which a device's patience is reckoned (`registry.patience_of`). What a person wrote as a device's model stays.
"""

from collections.abc import Sequence

import msgspec

from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load

_SQL = load("zhigan.registry", "models.sql")


class ModelRow(msgspec.Struct, frozen=True):
    """`device_class` is one of vocabulary.devices; `period_s` 0: as its class."""

    name: str
    zh: str
    en: str
    type: str
    device_class: str
    period_s: int


class Carriage(msgspec.Struct, frozen=True):
    """What a carrier calls a device besides its id, and the model that it turned out to be; "" where not known."""

    model: str
    product: str
    name: str


async def settle(conn: Connection, rows: Sequence[ModelRow]) -> None:
    """Brings in what the protocols describe; harmless when run again."""
    columns = zip(*(msgspec.structs.astuple(row) for row in rows), strict=True)
    await conn.execute(_SQL.settle, *(list(column) for column in columns))


async def bound(conn: Connection, seconds: int) -> None:
    """How long a stand-alone detector may be silent before it is work; devices follow where that changed."""
    if await conn.execute(_SQL.bound, seconds) != "UPDATE 0":
        await conn.execute(_SQL.bounded)


async def recognise(conn: Connection, rows: Sequence[tuple[str, str, str]]) -> frozenset[tuple[str, str]]:
    """(gateway, address, model): written where none stands. Answers which of them the registry has at all."""
    gateways, addresses, models = ([row[place] for row in rows] for place in range(3))
    await conn.execute(_SQL.recognise, gateways, addresses, models)
    found = await conn.fetch(_SQL.present, gateways, addresses)
    return frozenset((row["gateway"], row["address"]) for row in found)


async def carry(conn: Connection, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """(gateway, address, product, name), as the carrier's last push had them; written where they changed."""
    gateways, addresses, products, names = ([row[place] for row in rows] for place in range(4))
    await conn.execute(_SQL.carry, gateways, addresses, products, names)


async def carriage(conn: Connection, gateway: str, address: str) -> Carriage:
    row = await conn.fetchrow(_SQL.carriage, gateway, address)
    return Carriage("", "", "") if row is None else Carriage(row["model"], row["product"], row["name"])


async def carried(conn: Connection, gateway: str) -> list[tuple[str, str]]:
    """(address, product) of every device of the gateway that has a connection of its own."""
    return [(row["address"], row["product"]) for row in await conn.fetch(_SQL.carried, gateway)]
