"""GB/T 26875.8: documents that monitoring centres exchange, as XML of one namespace.

Enters: the name of the document's element, its namespace, a tree; or bytes. Leaves: bytes; a tree with the name of its
element, or `Unreadable`. The standard's own element names are data (a field map of outlets/dispatch): its full text is
not public, and cities differ. Repeated elements are a list. Absent: attributes.
"""

import msgspec

from zhigan.vocabulary.markup import Element, NotMarkup, text
from zhigan.vocabulary.markup import read as parsed
from zhigan.vocabulary.trees import NAME, Tree

__all__ = ["NAME", "Document", "Unreadable", "read", "write"]


class Unreadable(ValueError):
    """No XML that is taken; the message says why."""


class Document(msgspec.Struct, frozen=True):
    name: str
    namespace: str
    tree: dict[str, Tree]


def write(name: str, namespace: str, tree: dict[str, Tree]) -> bytes:
    spoken = f' xmlns="{text(namespace)}"' if namespace else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{spoken}>{_inside(tree)}</{name}>'.encode()


def _inside(tree: Tree) -> str:
    if isinstance(tree, dict):
        return "".join(_element(name, below) for name, below in tree.items())
    if tree is None or isinstance(tree, list):
        return ""
    return text(str(tree).lower() if isinstance(tree, bool) else str(tree))


def _element(name: str, below: Tree) -> str:
    if isinstance(below, list):
        return "".join(_element(name, each) for each in below)
    return "" if below is None else f"<{name}>{_inside(below)}</{name}>"


def read(document: bytes) -> Document:
    try:
        root = parsed(document)
    except NotMarkup as error:
        raise Unreadable(str(error)) from error
    tree = _tree(root)
    return Document(root.name, root.namespace, tree if isinstance(tree, dict) else {root.name: tree})


def _tree(element: Element) -> Tree:
    if not element.children:
        return element.text
    found: dict[str, Tree] = {}
    for child in element.children:
        below, there = _tree(child), found.get(child.name)
        if child.name not in found:
            found[child.name] = below
        elif isinstance(there, list):
            there.append(below)
        else:
            found[child.name] = [there, below]
    return found
