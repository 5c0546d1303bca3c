"""`idweave profile`: everything that a run says of one person."""
