"""Calls to carriers' interfaces: what is asked of them, written out, and their answers read. No sockets, no clock.

Enters: a letter for a device (`model.Letter`), keys, `now`. Leaves: `Call`, an HTTP request in parts, signed where the
carrier wants it; from an answer's status and body the carrier's id of the command, its list of commands, or a
`CallError` that says whether the carrier has the letter. Absent: sending, waiting, repeating (gateways/carriers).
"""
