"""Clinical response.

Labels from the sheet, and whether scores go with them (classes, numbers, time to event). May import ``changes``
and ``wording``. How a measure is worked out is in ``ifnsig/responses``.
"""
