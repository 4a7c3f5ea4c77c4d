"""XML as a tree of names and texts, read without any of its dangers. Pure.

Enters: bytes of a document in UTF-8. Leaves: elements with their local names, texts and children, or `NotMarkup`.
A document type declaration is refused where it begins, so that there are no entities to expand and nothing outside to
fetch; depth and number of elements are bounded. Absent: attributes but namespaces, comments, mixed content, schemas.
"""

from xml.parsers import expat
from xml.sax.saxutils import escape

import msgspec

DEEPEST = 24
MOST_ELEMENTS = 5000
_SEPARATOR = "\x1f"


class NotMarkup(ValueError):
    """It cannot be read; the message says why."""


class Element(msgspec.Struct):
    """`text` is what stands directly inside, blanks at both ends taken off."""

    name: str
    namespace: str = ""
    text: str = ""
    children: list["Element"] = []

    def first(self, name: str) -> "Element | None":
        return next((c for c in self.children if c.name == name), None)

    def all(self, name: str) -> list["Element"]:
        return [c for c in self.children if c.name == name]

    def said(self, name: str) -> str:
        """The text of the first child of that name."""
        found = self.first(name)
        return "" if found is None else found.text


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def begin(self, name: str, _: object) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise NotMarkup("too many elements, or too deep")
        namespace, _, local = name.rpartition(_SEPARATOR)
        element = Element(local, namespace, "", [])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def text(self, piece: str) -> None:
        if self._open:
            self._open[-1].text += piece

    def doctype(self, *_: object) -> None:
        raise NotMarkup("a document type declaration is not taken")


def read(document: bytes) -> Element:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise NotMarkup(f"not well-formed: {error}") from error
    if reader.root is None:
        raise NotMarkup("empty")
    return reader.root


def text(value: str) -> str:
    """A text as it may stand in a document: what XML cannot hold is left out."""
    return escape(
        "".join(
            c
            for c in value
            if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
        )
    )
