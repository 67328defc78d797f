"""What a count gave, as people read it: the sentence, the figures of each method, and one's own ballot among them."""
