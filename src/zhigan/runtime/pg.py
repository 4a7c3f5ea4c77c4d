"""asyncpg as we speak of it: a connection may come from a pool or stand alone; what it throws when the server goes."""

from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

UNAVAILABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What is thrown when storage does not answer, or goes away in the middle of a question (time-outs are OSErrors).
asyncpg calls some of the latter an internal error of its own: it is still the server that went."""
