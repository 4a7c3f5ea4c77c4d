"""What a command looks like for a device: by its product's own words where somebody wrote them down, else by its model.

Enters: a command of the contract, the device's model and product, the operator's file of orders. Leaves: `Told`, or
`Unspeakable` with the reason: what nobody has described is not sent. The file is JSON, product → command → either a
service of the product's thing model (`service`, `method`, `params`, and `arguments`: names of the command's own
arguments that go along, "*" for all) or the device's own bytes (`hex`). Absent: carriers and sending.
"""

import binascii
from collections.abc import Mapping
from pathlib import Path

import msgspec

from zhigan.protocols.carriers.devices import BY_NAME, Order, Told, Value


class Unspeakable(Exception):
    """There is no way to say this to that device."""


class OrdersError(ValueError):
    """The file of orders cannot be used; the message says where it is wrong."""


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    service: str = ""
    method: str = ""
    params: dict[str, Value] = {}
    arguments: list[str] = []
    hex: str = ""


Book = Mapping[str, Mapping[str, Wording]]
_BOOK = msgspec.json.Decoder(dict[str, dict[str, Wording]])


def read_book(path: Path) -> Book:
    try:
        book = _BOOK.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise OrdersError(f"{path}: {error}") from None
    for product, commands in book.items():
        for command, wording in commands.items():
            try:
                raw = binascii.a2b_hex(wording.hex)
            except (binascii.Error, ValueError):
                raise OrdersError(f"{path}: {product}.{command}.hex is not hex digits") from None
            if bool(raw) == bool(wording.service):
                raise OrdersError(f"{path}: {product}.{command} wants either a service or hex")
    return book


def told(book: Book, product: str, model: str, command: str, order: Order) -> Told:
    wording = book.get(product, {}).get(command)
    if wording is not None:
        along = order if "*" in wording.arguments else {n: order[n] for n in wording.arguments if n in order}
        raw = binascii.a2b_hex(wording.hex)
        return Told(raw=raw, service=wording.service, method=wording.method, params={**wording.params, **along})
    known = BY_NAME.get(model)
    if known is None:
        raise Unspeakable("the device's model is not known; it has said nothing yet that tells it")
    encode = known.orders.get(command)
    if encode is None:
        raise Unspeakable(f"{known.en} is not known to take this command")
    return encode(order)
