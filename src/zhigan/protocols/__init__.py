"""BYTES ⇄ MESSAGES: one folder a standard, sans-I/O. No sockets, no clock, no randomness, no meaning beyond the
standard's own.
"""
