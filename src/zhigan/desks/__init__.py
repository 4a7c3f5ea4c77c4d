"""Desks: daily work, one folder each. What they know of each other they learn from events."""
