"""The big screen of a command hall: the city at a glance, for whoever holds its link."""
