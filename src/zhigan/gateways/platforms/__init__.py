"""Other makers' and carriers' platforms that report to us: one door, its forms as data."""
