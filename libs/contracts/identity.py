"""What identity publishes: its events, commands, queries and views."""
