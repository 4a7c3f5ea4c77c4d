"""The hand-over's view of floor plans: the plans desk keeps them. Enters: a building and floor. Leaves: which file."""

from zhigan.desks.plans import store as plans
from zhigan.desks.plans.model import Plan
from zhigan.outlets.dispatch.ports import PlanFile
from zhigan.runtime.pg import Connection


class FloorPlans:
    async def of_floor(self, conn: Connection, building_id: str, floor: str) -> PlanFile | None:
        listed = await plans.versions(conn, building_id, floor)
        return _file(listed[0]) if listed else None

    async def one(self, conn: Connection, plan_id: str) -> PlanFile | None:
        plan = await plans.plan(conn, plan_id)
        return None if plan is None else _file(plan)


def _file(plan: Plan) -> PlanFile:
    return PlanFile(id=plan.id, name=plan.name, type=plan.type, sha256=plan.sha256)
