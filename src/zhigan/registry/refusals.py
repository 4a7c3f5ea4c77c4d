"""How the registry says no over HTTP, and what a change laid over a thing means."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from zhigan.registry.checks import Wrong
from zhigan.registry.shapes_adoption import LineError
from zhigan.vocabulary.refusals import recognise
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import kept
from zhigan.webapi import pages, problems
from zhigan.webapi.principal import Principal

T = TypeVar("T")
N = TypeVar("N", bound=msgspec.Struct)


def checked(make: Callable[[], T]) -> T:
    """What `checks` finds wrong becomes a problem that names every field."""
    try:
        return make()
    except Wrong as error:
        raise problems.invalid_fields([problems.FieldError(f, e) for f, e in error.errors]) from None


def laid_over(standing: N, change: msgspec.Struct) -> N:
    """What the change leaves out stays; so does a number that comes back masked, as it was read."""
    said = {f: value for f in change.__struct_fields__ if (value := getattr(change, f)) is not msgspec.UNSET}
    if isinstance(said.get("phone"), str):
        said["phone"] = kept(said["phone"], getattr(standing, "phone", None) or "")
    return msgspec.structs.replace(standing, **{f: v for f, v in said.items() if f in standing.__struct_fields__})


def said(change: msgspec.Struct) -> set[str]:
    return {f for f in change.__struct_fields__ if getattr(change, f) is not msgspec.UNSET}


def allow(principal: Principal, roles: frozenset[Role]) -> None:
    """Called after the target was found within the scope: what is outside does not exist, whatever the role."""
    if principal.role not in roles:
        raise problems.forbidden()


def found(thing: T | None) -> T:
    if thing is None:
        raise problems.not_found()
    return thing


def an_id(text: str) -> str:
    if not pages.is_id(text):
        raise problems.not_found()
    return text


def beyond(what: str) -> problems.Problem:
    """The place where something is to go lies outside the scope: for the caller it does not exist."""
    return problems.not_found(f"{what}: there is no such place within your scope.")


def one_of(field: str, value: str | None, words: tuple[str, ...]) -> None:
    """A filter word that does not exist is a mistake, not an empty list."""
    if value is not None and value not in words:
        raise problems.invalid(field, f"one of {', '.join(words)}")


_BETWEEN = re.compile(r"; (?=[a-z_][a-z_.]*: )")
_FIELD = re.compile(r"([a-z_][a-z_.]*): (.+)", re.S)


def errors_of(reason: str) -> list[LineError]:
    errors: list[LineError] = []
    for part in _BETWEEN.split(reason):
        named = _FIELD.fullmatch(part)
        field, sentence = (named[1], named[2]) if named else ("", part)
        known = recognise(sentence)
        errors.append(LineError(field, sentence, known.code if known else "", known.params if known else {}))
    return errors
