"""
A whole node on one machine: embedded NATS and PostgreSQL, the services and the gateway, and the command line.

It starts processes by command line and speaks to them over the network alone: nothing that runs in a node imports it.
"""
