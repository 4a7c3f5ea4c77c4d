"""Kinds of hazard (隐患), and what each becomes: grade III where it is a dangerous condition, else grade IV.

The policy says it of exits, e-bikes and hydrants; the other rows are field practice, for the brigade to confirm.
`grave`: the premises classes in which it is III. Its words, for the reason of the row, are in `incidents`.
"""

from typing import Final, NamedTuple

from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.premises import PremisesClass


class Hazard(NamedTuple):
    kind: Kind
    grave: frozenset[PremisesClass]


_ALL: Final = frozenset(PremisesClass)
_S1_S2: Final = frozenset({PremisesClass.S1, PremisesClass.S2})
_NONE: Final[frozenset[PremisesClass]] = frozenset()

HAZARDS: Final[dict[str, Hazard]] = {
    "exit_blocked": Hazard(Kind.EXIT, _S1_S2),
    "fire_lane": Hazard(Kind.EXIT, _S1_S2),
    "ebike": Hazard(Kind.EXIT, _S1_S2),
    "lodging": Hazard(Kind.EXIT, _S1_S2),
    "storage": Hazard(Kind.FACILITY, _S1_S2),
    "hot_work": Hazard(Kind.FACILITY, _S1_S2),
    "gas": Hazard(Kind.GAS, _ALL),
    "wiring": Hazard(Kind.ELECTRICAL, _NONE),
    "facility": Hazard(Kind.FAULT, _NONE),
    "hydrant": Hazard(Kind.HYDRANT, _ALL),
    "other": Hazard(Kind.FACILITY, _NONE),
}
