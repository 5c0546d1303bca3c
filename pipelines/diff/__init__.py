"""Two partitions of records compared: which profiles are the same, merged, split, mixed."""
