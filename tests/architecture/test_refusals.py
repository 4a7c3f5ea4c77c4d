"""Every sentence by which the platform refuses has a code, and every code has words in both languages of the pages."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from architecture.house import ROOT, SOURCE
from zhigan.vocabulary.refusal_tables import BY_STATUS, REFUSALS
from zhigan.vocabulary.refusals import Said, holes, recognise
from zhigan.webapi.problems import TITLES, plain

SAYING = {
    "not_found": 0, "forbidden": 0, "conflict": 0, "unauthorised": 0, "invalid": 1, "FieldError": 1, "Problem": 2,
    "Refused": 1, "Flaw": 1, "Taken": 1, "Wanting": 1, "NotYours": 0, "Impossible": 0, "Overtaken": 1,
    "ScopeError": 0, "KeyWrong": 0, "NoFont": 0, "Unprinted": 0, "Unspoken": 0, "NotJoined": 0, "Foreign": 0,
    "second_factor": 0, "_pattern": 4, "PolicyError": 1,
}  # fmt: skip
"""What refuses, and which of its arguments is the sentence. `check.say` besides, by its owner's name."""
CHECKERS = ("check", "self")
FRAMEWORK = {
    *("value.unknown", "value.type", "value.length", "value.bound"),
    *(code for code in REFUSALS if code.startswith("sheet.")),
}
"""Said by the library that reads bodies, and of a sheet's lines (tests/registry/test_imports.py)."""
I18N = ROOT / "web" / "shared" / "i18n"
CATALOGUES = {language: sorted(I18N.glob(f"*refusal.{language}.ts")) for language in ("zh", "en")}
ENTRY = re.compile(r"^ {2}'refusal\.([\w.]+)': (['\"])(.+)\2,", re.M)


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Line and sentence, with `x` in its holes; what is no text here was said elsewhere."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        for said in _said(node):
            text = _text(constants.get(said.id, said) if isinstance(said, ast.Name) else said)
            if text is not None:
                yield said.lineno, text


def _said(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
        at = 1 if name == "say" and owner in CHECKERS else SAYING.get(name, len(node.args))
        yield from node.args[at : at + 1]
    if isinstance(node, ast.FunctionDef) and node.name in ("not_found", "forbidden", "unauthorised"):
        yield from node.args.defaults
    if isinstance(node, ast.FunctionDef) and node.name == "weaker":
        yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None)


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else _hole(p) for p in node.values)
    return None


def _hole(part: ast.expr) -> str:
    return "'x'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "x"


def said_everywhere() -> dict[str, str]:
    """Sentence to where it is said."""
    return {
        text: f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in sentences(path.read_text("utf-8"))
        if text
    }


def catalogue(paths: Sequence[Path]) -> dict[str, str]:
    return {found.group(1): found.group(3) for path in paths for found in ENTRY.finditer(path.read_text("utf-8"))}


def test_every_refusal_has_a_code() -> None:
    nameless = [f"{where}: {text}" for text, where in said_everywhere().items() if recognise(text) is None]
    assert not nameless, (
        "give these a code in vocabulary/refusal_tables.py and words in web/shared/i18n/refusal.*.ts:\n"
        + ("\n".join(nameless))
    )


def test_every_code_is_said_somewhere() -> None:
    said = {found.code for text in said_everywhere() if (found := recognise(text)) is not None}
    assert set(REFUSALS) - said - FRAMEWORK - set(BY_STATUS.values()) - {"refused"} == set()


def test_every_code_has_words_in_both_languages_with_its_holes_and_no_word_is_left_over() -> None:
    for language, paths in CATALOGUES.items():
        words = catalogue(paths)
        assert sorted(words) == sorted(REFUSALS), language
        strange = {c: w for c, w in words.items() if not set(holes(w)) <= {*holes(REFUSALS[c]), "field"}}
        assert not strange, f"{language}: holes that the platform does not fill: {strange}"


def test_sentences_are_told_apart() -> None:
    for code, sentence in REFUSALS.items():
        filled = re.sub(r"\{(\w+)\}", r"<\1>", sentence)
        assert recognise(filled) == Said(code, {name: f"<{name}>" for name in holes(sentence)})


def test_every_status_has_a_title_and_a_code() -> None:
    assert {status: REFUSALS[code] for status, code in BY_STATUS.items()} == TITLES


def test_the_librarys_words_are_known() -> None:
    assert recognise(plain("Expected `int`, got `str` - at `$.a`")) == Said(
        "value.type", {"wanted": "int", "got": "str"}
    )
    assert recognise("code: is required") == Said("value.required", {"field": "code"})
    assert recognise("nothing that anybody says") is None and recognise("one of " + "x" * 3000) is None


def test_planted_violations_are_caught() -> None:
    planted = "def f(n):\n    raise problems.conflict(f'the cat sat on {n!r}')\n"
    assert list(sentences(planted)) == [(2, "the cat sat on 'x'")]
    assert recognise("the cat sat on 'x'") is None
    assert list(sentences("WHY = 'no'\ncheck.say('f', WHY)\nsay('a', 'b')")) == [(2, "no")]
