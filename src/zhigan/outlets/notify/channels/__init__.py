"""One module a provider: how it is called, asked and tested."""
