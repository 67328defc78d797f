"""What may be decided about groups, who is in them, pages and who follows them."""
