"""What an object and a resource are, and finding them by number. The rows stand in objects_tables.py.

Enters: numbers. Leaves: `Resource` and `Object` rows, or None where nothing is described: it is kept all the same.
"""

from collections.abc import Mapping
from typing import Final

from zhigan.protocols.lwm2m.model import Kind, Path
from zhigan.protocols.lwm2m.objects_tables import OBJECTS, Object, Resource

__all__ = ["BY_NUMBER", "OBJECTS", "Object", "Resource", "kind_of", "resource_of"]

BY_NUMBER: Final[Mapping[int, Object]] = {each.number: each for each in OBJECTS}


_RESOURCES: Final[Mapping[tuple[int, int], Resource]] = {
    (each.number, resource.number): resource for each in OBJECTS for resource in each.resources
}


def resource_of(path: Path) -> Resource | None:
    return _RESOURCES.get((path[0], path[2])) if len(path) > 2 else None


def kind_of(path: Path) -> Kind:
    found = resource_of(path)
    return Kind.NONE if found is None else found.kind
