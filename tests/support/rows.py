"""A row of the desk, of the attention queue or of the tasks, as a story speaks of it."""

from zhigan.incidents.views import AlarmView, IncidentView


class Row:
    def __init__(self, view: IncidentView) -> None:
        self.view = view

    @property
    def id(self) -> str:
        return self.view.id

    @property
    def grade(self) -> str:
        return self.view.grade

    @property
    def kind(self) -> str:
        return self.view.kind.value

    @property
    def state(self) -> str:
        return self.view.state.value

    @property
    def flags(self) -> set[str]:
        return set(self.view.flags)

    @property
    def alarms(self) -> list[AlarmView]:
        return self.view.alarms

    @property
    def unit(self) -> str:
        return self.view.unit.name if self.view.unit else ""

    @property
    def building(self) -> str:
        return self.view.building.name if self.view.building else ""

    @property
    def whys(self) -> set[str]:
        return {reason.why.value for reason in self.view.reasons}

    @property
    def words(self) -> str:
        """The reasons as the desk reads them."""
        return "；".join(reason.zh for reason in self.view.reasons)

    @property
    def told(self) -> list[str]:
        """What the timeline says happened, in order."""
        return [line.what for line in self.view.timeline]

    def __repr__(self) -> str:
        return f"{self.grade} {self.kind} {self.state} at {self.view.place or self.unit!r}: {sorted(self.whys)}"
