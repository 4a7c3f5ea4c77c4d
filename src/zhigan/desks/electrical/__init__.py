"""Electrical safety: circuits, the owner's consent, and the hand on the switch."""
