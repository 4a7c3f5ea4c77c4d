"""dispatch: confirmed fires are handed over to the 119 command centre, and its answers come back."""
