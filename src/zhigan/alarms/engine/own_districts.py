"""What a district's own people see and write of the policy: their own tightening, nothing of other districts'.

Enters: the document as it is kept, what was sent, whose districts. Leaves: the document to keep, or a refusal with its
place. Absent: whether it is strict enough (policy_checks says that of every document).
"""

from collections.abc import Collection

import msgspec

from zhigan.alarms.engine.differences import Difference, differences
from zhigan.alarms.engine.policy import Policy, PolicyError
from zhigan.vocabulary.scopes import Scope

DISTRICT_DIGITS = 6


def writes(scope: Scope) -> frozenset[str]:
    """The districts that a scope is, if it is districts and nothing else."""
    areas = scope.terms.get("area", ())
    plain = set(scope.terms) == {"area"} and all(len(area) == DISTRICT_DIGITS for area in areas)
    return frozenset(areas) if plain else frozenset()


def sees(scope: Scope, area: str) -> bool:
    """A scope that names areas sees the districts that they are, hold or lie in."""
    areas = scope.terms.get("area")
    return areas is None or any(area.startswith(each) or each.startswith(area) for each in areas)


def seen(policy: Policy, scope: Scope) -> Policy:
    kept = {area: district for area, district in policy.districts.items() if sees(scope, area)}
    return msgspec.structs.replace(policy, districts=kept)


def told(found: Collection[Difference], scope: Scope) -> list[Difference]:
    return [each for each in found if each.path[0] != "districts" or len(each.path) < 2 or sees(scope, each.path[1])]


def confined(kept: Policy, sent: Policy, areas: Collection[str], scope: Scope) -> Policy:
    """`kept` with what was sent of these districts. What the sender does not see stays, and is not asked of him."""
    for area, district in sent.districts.items():
        if area not in areas and (not sees(scope, area) or district != kept.districts.get(area)):
            raise PolicyError(f"districts.{area}", f"this draft is about {', '.join(sorted(areas))} alone")
    elsewhere = msgspec.structs.replace(sent, districts=kept.districts, version=kept.version)
    for each in differences(kept, elsewhere):
        raise PolicyError(each.path[0], f"the city decides this; the draft is about {', '.join(sorted(areas))} alone")
    others = {area: district for area, district in kept.districts.items() if area not in areas}
    own = {area: district for area, district in sent.districts.items() if area in areas}
    return msgspec.structs.replace(kept, districts=others | own)
