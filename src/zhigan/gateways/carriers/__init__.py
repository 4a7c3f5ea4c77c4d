"""The gateway for carriers' pushes: an HTTP door in the web process, a line, and the taker in the hot process."""
