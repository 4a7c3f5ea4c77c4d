"""The river between rooms: signals (local spool, JetStream) and the event log with its cursors."""
