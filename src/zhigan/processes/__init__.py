"""COMPOSITION: the only place that wires rooms together; the command line."""
