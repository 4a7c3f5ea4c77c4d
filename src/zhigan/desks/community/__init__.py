"""A community's day: its alarms, its grids and the people who come when they are called."""
