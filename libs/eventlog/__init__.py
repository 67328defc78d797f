"""The append-only log: what every service keeps its facts in, and what everybody may read again."""
