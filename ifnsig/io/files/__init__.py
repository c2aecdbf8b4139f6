"""Files as such.

Read once, written whole under a private name, never over what is not ours; cells of tables as text. Imports no
other room.
"""
