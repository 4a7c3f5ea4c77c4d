"""The live feed: screens that follow the event log as it grows."""
