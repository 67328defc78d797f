"""What may be decided about gatherings: by whom, when, and who has a place."""
