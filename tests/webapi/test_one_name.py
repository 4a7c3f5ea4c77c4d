"""No two shapes of the API share a name, and no two operations an id: a client made from the document has both once."""

import typing
import warnings
from collections.abc import Iterator

import msgspec
from litestar import Controller
from litestar.handlers import HTTPRouteHandler

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the framework's, of how parameters are written
    from zhigan.processes.web import HANDLERS

SPOKEN = ("data", "return")
"""What a handler hears and answers; its other arguments are wired."""


def routes(handlers: typing.Iterable[type[Controller]]) -> Iterator[HTTPRouteHandler]:
    for controller in handlers:
        for value in vars(controller).values():
            if isinstance(value, HTTPRouteHandler):
                yield value


def shapes(annotation: object, seen: set[type]) -> None:
    """Every struct that is named in it, and in those."""
    for inner in typing.get_args(annotation):
        shapes(inner, seen)
    kind = typing.get_origin(annotation) or annotation
    if not isinstance(kind, type) or not issubclass(kind, msgspec.Struct) or kind in seen:
        return
    seen.add(kind)
    for inner in typing.get_type_hints(kind, include_extras=True).values():
        shapes(inner, seen)


def twice(names: typing.Iterable[str]) -> set[str]:
    found: set[str] = set()
    return {name for name in names if name in found or found.add(name)}


def test_no_two_operations_share_an_id() -> None:
    ids = [str(route.operation_id) for route in routes(HANDLERS)]
    assert len(ids) > 250 and "None" not in ids
    assert twice(ids) == set()


def test_no_two_shapes_share_a_name() -> None:
    seen: set[type] = set()
    for route in routes(HANDLERS):
        hints = typing.get_type_hints(route.fn, include_extras=True)
        for spoken in SPOKEN:
            shapes(hints.get(spoken), seen)
    assert len(seen) > 200
    assert twice(kind.__name__ for kind in seen) == set()


def test_planted_doubles_are_found() -> None:
    one, other = msgspec.defstruct("Twin", [("a", int)]), msgspec.defstruct("Twin", [("b", int)])
    seen: set[type] = set()
    shapes(dict[str, one] | list[other], seen)
    assert twice(kind.__name__ for kind in seen) == {"Twin"}
