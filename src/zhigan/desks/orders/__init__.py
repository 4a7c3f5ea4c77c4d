"""Work orders as the platform watches them by itself (工单)."""
