"""WHO MAY: accounts, roles, scope, sessions, throttling, the audit trail."""
