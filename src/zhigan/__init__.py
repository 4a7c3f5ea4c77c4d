"""zhigan119 (智赣119): the open city fire-safety IoT platform. docs/map.md tells the way through the rooms."""

__version__ = "0.1.0"
