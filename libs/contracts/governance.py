"""What governance publishes: its events, commands, queries and views."""
