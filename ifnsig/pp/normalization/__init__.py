"""Make samples comparable.

One record a method (``_methods``), what it learned frozen (``_frozen``), units converted. A new method: its
function in ``_by_depth`` or ``_by_controls`` and its record in ``_methods``.
"""
