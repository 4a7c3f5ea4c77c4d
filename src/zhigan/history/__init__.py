"""Every signal and reading kept: partitions, queries, quarantine."""
