"""What people ask of their own data: requests, what is erased, what stays suppressed."""
