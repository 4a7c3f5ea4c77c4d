"""People are told: who, by what, until somebody answers; and the proof of it."""
