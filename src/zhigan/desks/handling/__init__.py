"""First handler: whose desk sounds, and who answers for it."""
