"""What may be asked of governance, by members and by its own reactions."""
