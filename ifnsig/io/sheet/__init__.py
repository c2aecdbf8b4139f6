"""Tables about samples and patients.

Sheets, clinical values, scores made elsewhere; rules of rows and across rows, joined by id. May import ``text``
and ``files``.
"""
