"""The dialects themselves, one row a maker or firmware seen in the field (gb26875.md §8, §9)."""

from zhigan.protocols.gb26875.dialects.model import Dialect, Heartbeat

STANDARD = Dialect(name="standard", zh="标准", en="the standard to the letter")

TOLERANT = Dialect(
    name="tolerant",
    zh="标准(容错)",
    en="the standard, and what can be told apart without knowing the maker",
    sizes={2: (15, 16), 21: (1,)},
    heartbeats=(
        Heartbeat(2, b""),
        Heartbeat(2, b"\x16", b"\x17"),
        Heartbeat(7, b""),
    ),
    commands={0: ("注册", "registration"), 7: ("心跳", "heartbeat")},
)

DIALECTS: tuple[Dialect, ...] = (STANDARD, TOLERANT)

BY_NAME: dict[str, Dialect] = {d.name: d for d in DIALECTS}
