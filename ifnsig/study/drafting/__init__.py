"""A first study file for files that are there: what is recognised is written down, what is not becomes a question."""
