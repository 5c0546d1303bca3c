"""A plain, slow reading of docs/semantics: dictionaries, sets and loops, no arrays.

Written from the text, apart from the product's own code, so that the two can be compared on random
worlds. It shares nothing with the product but the words of statuses, reasons and rules.
"""
