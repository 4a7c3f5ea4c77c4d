"""OUT: what leaves the platform for people and for the fire service. Each outlet reads the event log with a cursor."""
