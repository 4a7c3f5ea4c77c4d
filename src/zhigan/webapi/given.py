"""The types by which a handler asks for what the application gives: `principal: Caller, db: Db, clock: Time`.

The framework injects by parameter name; these marks say so, and that the thing is ours and needs no validation. A room
that needs another object (`app.build(dependencies=…)`) marks it the same way.
"""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.runtime.clock import Clock
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

Caller: TypeAlias = NamedDependency[SkipValidation[Principal]]
Db: TypeAlias = NamedDependency[SkipValidation[Database]]
Time: TypeAlias = NamedDependency[SkipValidation[Clock]]
