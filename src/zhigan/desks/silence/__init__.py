"""Nothing is hidden by silence: everything that is shielded, suspended or in test, with who, why, since, until when."""
