"""What carriers of messages to people want on their wires: signed requests, answers, receipts. No socket."""
