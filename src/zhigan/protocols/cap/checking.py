"""A document against the schema's rows. Pure.

Enters: an element tree. Leaves: what is wrong, each with the path to where it is; none where the document is valid.
What the schema leaves open but the standard's text demands is asked too: a restriction with scope Restricted, addresses
with Private, references with Update and Cancel.
"""

from zhigan.protocols.cap.model import NAMESPACE
from zhigan.protocols.cap.schema_tables import ROWS, Rule
from zhigan.vocabulary.markup import Element

DEMANDS = {
    ("scope", "Restricted"): "restriction",
    ("scope", "Private"): "addresses",
    ("msgType", "Update"): "references",
    ("msgType", "Cancel"): "references",
    ("msgType", "Ack"): "references",
    ("msgType", "Error"): "references",
}


def faults(root: Element) -> list[str]:
    if root.name != "alert" or root.namespace != NAMESPACE:
        return [f"alert: the document's element is {root.name} of {root.namespace or 'no namespace'}"]
    found = _inside(root, "alert", "alert")
    for (field, value), needed in DEMANDS.items():
        if root.said(field) == value and not root.said(needed):
            found.append(f"alert/{needed}: is needed with {field} {value}")
    return found


def _inside(element: Element, key: str, path: str) -> list[str]:
    rows, found, at = ROWS[key], list[str](), 0
    order = {rule.name: n for n, rule in enumerate(rows)}
    counts: dict[str, int] = {}
    for child in element.children:
        place = order.get(child.name)
        where = f"{path}/{child.name}"
        if place is None or child.namespace != NAMESPACE:
            found.append(f"{where}: there is no such element here")
            continue
        if place < at:
            found.append(f"{where}: stands after {rows[at].name}, which comes later")
        at = max(at, place)
        counts[child.name] = counts.get(child.name, 0) + 1
        if counts[child.name] == 2 and not rows[place].often:
            found.append(f"{where}: stands more than once")
        found += _one(child, rows[place], where)
    return found + [f"{path}/{rule.name}: is missing" for rule in rows if rule.least > counts.get(rule.name, 0)]


def _one(child: Element, rule: Rule, where: str) -> list[str]:
    if rule.parts:
        return _inside(child, rule.parts, where)
    if child.children:
        return [f"{where}: has elements inside"]
    if rule.one_of and child.text not in rule.one_of:
        return [f"{where}: {child.text[:40]!r} is none of {', '.join(rule.one_of)}"]
    if rule.form is not None and not rule.form.fullmatch(child.text):
        return [f"{where}: {child.text[:60]!r} is not of its form"]
    return [f"{where}: is empty"] if rule.least and not child.text else []
