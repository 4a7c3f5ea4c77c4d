"""IN: one door a protocol (sockets here, bytes in protocols, meaning in translate), and the one door behind: intake."""
