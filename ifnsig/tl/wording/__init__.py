"""What is said.

Sentences, verdicts, numbers as people write them, and the columns that all tables of tests share. A new verb takes
its verdict from here and writes none of its own. Imports no other room.
"""
