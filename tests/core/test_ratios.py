"""Quotients that exist only where they mean something."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig.core.ratios import ratio


def test_what_is_not_divided_is_nan_and_warns_of_nothing() -> None:
    part, whole = np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, 0.0])
    np.testing.assert_array_equal(ratio(part, whole, where=whole > 0), [0.5, np.nan, np.nan])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        ratio(part, whole, where=part > 0)


def test_whole_numbers_and_columns_are_divided_as_floats() -> None:
    found = ratio(np.array([[1, 2], [3, 4]]), np.array([2, 0]), where=[True, False], otherwise=0.0)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [[0.5, 0.0], [1.5, 0.0]])
