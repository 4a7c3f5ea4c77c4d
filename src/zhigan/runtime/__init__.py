"""THE WORLD: settings, clock, entropy, the database, logs, metrics, jobs, child processes. No word about fire."""
