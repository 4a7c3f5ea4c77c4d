"""The way out to command centres and platforms, whose addresses administrators enter.

Enters: settings. Leaves: a wire that goes to public addresses, into the house's own networks, and where
`ZHIGAN_OUTWARD_NETWORKS` says. Absent: partners' way out, which goes into no inner network unless it is named.
"""

from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward
from zhigan.runtime.settings import Settings


def way_out(settings: Settings) -> Outward:
    return Outward(guard=Guard((*NEAR, *settings.outward_networks)))
