"""What may be decided about polls, ballots and their count, and what follows."""
