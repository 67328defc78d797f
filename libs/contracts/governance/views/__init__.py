"""What governance answers, and the questions."""
