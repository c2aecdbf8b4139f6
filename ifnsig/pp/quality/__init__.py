"""Are the samples fit, and whose they are said to be.

Measures of libraries, design, batches, findings. May import ``normalization``.
"""
