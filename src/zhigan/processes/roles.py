"""Roles of `zhigan serve`, and which process plays them. Enters: the text of `--roles`. Leaves: a set. No imports."""

ROLES = ("gateway", "engine", "api", "courier")
HOT_ROLES = frozenset({"gateway", "engine"})
WEB_ROLES = frozenset({"api", "courier"})


class RoleError(ValueError):
    """`--roles` names something else than gateway, engine, api, courier."""


def roles(text: str | None) -> frozenset[str]:
    found = frozenset(part.strip() for part in (text or ",".join(ROLES)).split(",") if part.strip())
    unknown = found - set(ROLES)
    if unknown or not found:
        raise RoleError(f"--roles wants some of {', '.join(ROLES)}; not {', '.join(sorted(unknown)) or 'nothing'}")
    return found
