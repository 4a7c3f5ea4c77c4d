"""Answers by a map that is data: which word of theirs is a receipt, which a refusal. Sans I/O.

Enters: the map's rules, the answer's status, and a reading of its body (None: not of the form). Leaves: an `Answer`. A
receipt is the other side's own word; that the door was open is none, unless the map says so. Absent: forms.
"""

from collections.abc import Callable

from zhigan.protocols.couriers.model import Answer, Said
from zhigan.vocabulary.fieldmaps import Answers
from zhigan.vocabulary.trees import Tree, any_of, said

LASTING = (400, 405, 406, 409, 410, 413, 415, 422)
"""It will not take the message as it is, however often it comes."""
SHUT = (401, 403, 404)
"""It does not let us in: somebody must mend it, and then it may be taken."""


def answer(rules: Answers, reading: Callable[[], Tree], status: int) -> Answer:
    tree = reading()
    if not 200 <= status < 300:
        return _shut(rules, tree, status)
    if tree is None:
        return Answer(Said.UNKNOWN, code="malformed") if rules.at else Answer(Said.TAKEN)
    return taken(rules, tree, str(status))


def taken(rules: Answers, tree: Tree, status: str) -> Answer:
    """What a body of the form says, of an answer of 200."""
    number, text = any_of(tree, rules.number)[:64], any_of(tree, rules.text)[:200]
    if not rules.at:
        return Answer(Said.TAKEN, number, status, text)
    code = said(tree, rules.at)
    if code in rules.ok or code in rules.again:
        return Answer(Said.TAKEN, number, code, text)
    if not code:
        return Answer(Said.UNKNOWN, code="no_receipt", text=text)
    return Answer(Said.REFUSED, number, code[:40], text)


def _shut(rules: Answers, tree: Tree, status: int) -> Answer:
    text = any_of(tree, rules.text)[:200]
    if tree is not None and (status == 409 or (rules.at and said(tree, rules.at) in rules.again)):
        return Answer(Said.TAKEN, any_of(tree, rules.number)[:64], str(status), text)
    if status == 429:
        return Answer(Said.LIMITED, code="429", text=text)
    if status in LASTING:
        return Answer(Said.REFUSED, code=str(status), text=text)
    return Answer(Said.UNREACHED if status in SHUT else Said.UNKNOWN, code=str(status), text=text)
