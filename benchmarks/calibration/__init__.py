"""Do the tests reject as often as they say, and do the intervals hold the truth as often as they say?

Null cohorts of 3 to 48 patients from the simulator, with ties, with skewed changes, with test-retest correlations of
0.5 to 0.9, and from real cohorts whose signs, visits or labels are permuted. ``table.ENTRIES`` is the list of what is
looked at; a new method is one more entry.

    OMP_NUM_THREADS=1 python -m benchmarks.calibration   # all of it, about a quarter of an hour on two cores
    python -m benchmarks.calibration --only ANCOVA   # the entries whose name holds this; the others stay as they are
    python -m benchmarks.calibration --missing       # what has no stored result yet: a new entry
"""
