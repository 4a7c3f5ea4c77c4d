"""From a refusal's sentence to its code and what stood in its holes. Pure.

A room refuses in an English sentence, where it knows why; whoever reads another language needs the code. The sentence
is the key, as in gettext, so rules stay free of catalogues, and a sentence that has no code fails a test. Absent:
other languages (the pages hold them).
"""

import re

import msgspec

from zhigan.vocabulary.refusal_tables import BY_STATUS, REFUSALS


class Said(msgspec.Struct, frozen=True):
    """`params` by the names of the holes, as texts."""

    code: str
    params: dict[str, str] = {}


_HOLE = re.compile(r"\\\{(\w+)\\\}")
LONGEST = 2000
"""Nothing longer is one of ours."""


def holes(sentence: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", sentence)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.S)


_PLAIN = {sentence: code for code, sentence in REFUSALS.items() if not holes(sentence)}
# What says more by itself goes first: "one of {choices}, for the step {step}" before "one of {choices}".
_WITH_HOLES = sorted(
    ((_pattern(sentence), code) for code, sentence in REFUSALS.items() if holes(sentence)),
    key=lambda pair: -len(re.sub(r"\{\w+\}", "", REFUSALS[pair[1]])),
)


_FIELD = re.compile(r"(?P<field>[a-z_][\w.\[\]]*): (?P<rest>.+)", re.S)


def recognise(sentence: str) -> Said | None:
    """None where it is none of ours: a library's words, or a bug's. A field named in front becomes a param."""
    if sentence not in _PLAIN and (parts := _FIELD.fullmatch(sentence)) and (rest := _whole(parts["rest"])):
        return Said(rest.code, {"field": parts["field"], **rest.params})  # first: a hole would swallow the field
    return _whole(sentence)


def _whole(sentence: str) -> Said | None:
    if (code := _PLAIN.get(sentence)) is not None:
        return Said(code)
    if len(sentence) > LONGEST:
        return None
    for pattern, code in _WITH_HOLES:
        if (found := pattern.fullmatch(sentence)) is not None:
            return Said(code, found.groupdict())
    return None


def of_status(status: int) -> str:
    return BY_STATUS.get(status, "refused")
