"""One page on a run: what was read, what each strategy made of it, what to look at first."""
