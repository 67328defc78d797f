"""What events publishes: its events, commands, queries and views."""
