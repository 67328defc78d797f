"""What may be decided about members, their handles, passwords and sessions, and what follows."""
