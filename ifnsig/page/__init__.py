"""Words, cells and tables of a page: what the report and every question write with. Nothing here computes.

``words`` rounds numbers and joins names, once for all; ``cells`` makes the columns of a table.
"""
