"""The report of a month, under the name of whose it is."""
