"""What groups publishes: its events, commands, queries and views."""
