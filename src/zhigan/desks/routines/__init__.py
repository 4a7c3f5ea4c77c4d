"""The centre's routines of GB 50440 as a checklist that fills itself in."""
