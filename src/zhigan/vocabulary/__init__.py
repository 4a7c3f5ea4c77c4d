"""WORDS: the nouns that every room shares. No I/O, no clock, no randomness, no wire format."""
