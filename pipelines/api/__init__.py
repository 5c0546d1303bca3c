"""Python's side of the commands: what `import idweave` offers, read when it is asked for."""
