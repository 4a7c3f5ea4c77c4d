"""What can go wrong with the private server, in sentences for the operator."""


class DatabaseError(RuntimeError):
    """The database cannot be had; the message says what is wrong and what would help."""
