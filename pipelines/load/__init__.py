"""A published run brought into a database, whole or by its changes."""
