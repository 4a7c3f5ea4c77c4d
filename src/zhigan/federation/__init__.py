"""Own installations joined to one another: the log of the lower one goes up, requests of the upper one come down."""
