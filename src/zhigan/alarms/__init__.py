"""DECIDE: signals become alarms and graded incidents. `engine/` is pure; worker and store around it do the I/O."""
