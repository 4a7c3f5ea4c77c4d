"""Reporting upward: other makers' platforms above us are told of our devices in their forms. README.md."""
