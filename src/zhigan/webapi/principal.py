"""The principal: on whose behalf a request acts. Made by access from a token, carried to every handler."""

import msgspec

from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope


class Principal(msgspec.Struct, frozen=True):
    """`session` is the session's id, never its token; `address` is where the request came from."""

    id: str
    name: str
    role: Role
    scope: Scope
    session: str
    address: str = ""
    owes_password: bool = False
    """Must choose a password of its own before anything else."""


COMMAND_LINE = Principal("", "command line", Role.ADMIN, Scope(), "")
"""Whoever may run the command on the machine owns the platform: there is no scope above his."""
