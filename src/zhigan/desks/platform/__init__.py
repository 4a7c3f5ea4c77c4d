"""How the platform itself does: its parts, its settings, what it is."""
