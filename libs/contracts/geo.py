"""What geo publishes: its events, commands, queries and views."""
