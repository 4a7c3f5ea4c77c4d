"""Profiles: read, checked, and asked which of them a topic is of. Pure, but for reading the files beside it.

Enters: JSON. Leaves: `Profiles`: filters to subscribe to, the profile and address of a topic, letters for commands, and
what a device may publish and hear (the broker's access rules). Absent: payloads.
"""

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

import msgspec

from zhigan.protocols.mqtt.model import ADDRESS_PATTERN, Letter, Profile, ProfileError, Value
from zhigan.protocols.mqtt.payload import CONDITIONS, OPERATIONS
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.metrics import BY_NAME as METRICS

_PROFILES: Final = msgspec.json.Decoder(list[Profile])
_ADDRESS: Final = "{address}"
_LEVEL: Final = re.compile(r"[^+#\x00]+|\+")


def built_in() -> list[Profile]:
    folder = resources.files("zhigan.protocols.mqtt") / "profiles"
    found: list[Profile] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".json"):
            found += read_profiles(entry.read_bytes())
    return found


def read_profiles(text: bytes) -> list[Profile]:
    try:
        profiles = _PROFILES.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProfileError(str(error)) from None
    for profile in profiles:
        _check(profile)
    return profiles


class Profiles:
    """`operator`'s come first: a topic is of the first profile that fits."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.by_name: dict[str, Profile] = {}
        for profile in profiles:
            self.by_name.setdefault(profile.name, profile)
        self._ups = [(_pattern(profile.topic), profile) for profile in self.by_name.values()]
        answers = {profile.down.answers for profile in self.by_name.values() if profile.down and profile.down.answers}
        self._answers = [(_pattern(topic), topic) for topic in sorted(answers)]

    def filters(self) -> list[str]:
        topics = [profile.topic for _, profile in self._ups] + [topic for _, topic in self._answers]
        return sorted({topic.replace(_ADDRESS, "+") for topic in topics})

    def of(self, topic: str) -> tuple[Profile, str] | None:
        for pattern, profile in self._ups:
            found = pattern.fullmatch(topic)
            if found is not None:
                return profile, found["address"]
        return None

    def answer(self, topic: str) -> str | None:
        """The device that answers a command on this topic."""
        for pattern, _ in self._answers:
            found = pattern.fullmatch(topic)
            if found is not None:
                return found["address"]
        return None

    def letter(
        self, name: str, address: str, id_: str, command: str, arguments: Mapping[str, object], expires_at: str
    ) -> Letter | None:
        """None: the profile has no word for this command."""
        profile = self.by_name.get(name)
        if profile is None or profile.down is None:
            return None
        topic = profile.down.topic.replace(_ADDRESS, address)
        if not profile.down.commands:
            body = {"id": id_, "command": command, "arguments": dict(arguments), "expires_at": expires_at}
            return Letter(topic, msgspec.json.encode(body))
        payload = profile.down.commands.get(command)
        if payload is None:
            return None
        return Letter(topic, msgspec.json.encode({key: _filled(value, arguments) for key, value in payload.items()}))

    def answers_by_id(self, name: str) -> bool:
        profile = self.by_name.get(name)
        return profile is not None and profile.down is not None and bool(profile.down.answers)

    def rights(self, name: str, address: str) -> tuple[list[str], list[str]]:
        """Topics that a device may publish, and those that it may hear: of every profile below the same names.

        A device of no known profile has the platform's own topics.
        """
        chosen = self.by_name.get(name) or self.by_name["zhigan"]
        above = chosen.topic.partition(_ADDRESS)[0]
        kin = [profile for profile in self.by_name.values() if profile.topic.partition(_ADDRESS)[0] == above]
        writes = {profile.topic for profile in kin}
        reads: set[str] = set()
        for profile in kin:
            if profile.down is not None:
                reads.add(profile.down.topic)
                writes |= {profile.down.answers} - {""}
        filled = [sorted(topic.replace(_ADDRESS, address) for topic in topics) for topics in (writes, reads)]
        return filled[0], filled[1]


def _pattern(topic: str) -> re.Pattern[str]:
    levels = [
        f"(?P<address>{ADDRESS_PATTERN})" if level == _ADDRESS else "[^/]+" if level == "+" else re.escape(level)
        for level in topic.split("/")
    ]
    return re.compile("/".join(levels))


def _filled(value: Value, arguments: Mapping[str, object]) -> object:
    """`"{limit}"` is the argument itself, of its own kind; one that was not given is left as null."""
    if isinstance(value, str) and len(value) > 2 and value[0] == "{" and value[-1] == "}":
        return arguments.get(value[1:-1])
    return value


def _check(profile: Profile) -> None:
    _topic(profile, profile.topic, "topic")
    if profile.down is not None:
        _topic(profile, profile.down.topic, "down.topic")
        if "+" in profile.down.topic.split("/"):
            raise ProfileError(f"{profile.name}.down.topic: a topic to publish on has no wildcard")
        if profile.down.answers:
            _topic(profile, profile.down.answers, "down.answers")
    _words(profile)


def _words(profile: Profile) -> None:
    if profile.type not in TYPES:
        raise ProfileError(f"{profile.name}.type: {profile.type!r} is no type of device")
    for path, reading in profile.readings.items():
        if reading.metric not in METRICS:
            raise ProfileError(f"{profile.name}.readings.{path}: {reading.metric!r} is no metric")
    for path, condition in profile.conditions.items():
        if condition.condition not in CONDITIONS:
            raise ProfileError(f"{profile.name}.conditions.{path}: {condition.condition!r} is no condition")
    for path, operation in profile.operations.items():
        if operation.operation not in OPERATIONS:
            raise ProfileError(f"{profile.name}.operations.{path}: {operation.operation!r} is no operation")


def _topic(profile: Profile, topic: str, field: str) -> None:
    levels = topic.split("/")
    if levels.count(_ADDRESS) != 1 or not all(_LEVEL.fullmatch(level) for level in levels):
        raise ProfileError(f"{profile.name}.{field}: one level is {_ADDRESS}, the others are names or +")
