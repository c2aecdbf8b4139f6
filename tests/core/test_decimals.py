"""Numbers are read as the nearest doubles. The witness is Python's float(), which rounds correctly."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.core import _decimal_kernels as kernels
from ifnsig.core import decimals

TIES = [
    # exactly between two doubles, and one unit beside
    "9007199254740993", "9007199254740992", "9007199254740994", "9007199254740995", "18014398509481986",
    "1.00000000000000011102230246251565404236316680908203125", "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126", "0.500000000000000166533453693773481063544750213623046875",
    # the largest, the smallest normal, subnormal and what is below them
    "1.7976931348623157e308", "2.2250738585072014e-308", "2.2250738585072011e-308", "5e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "1e-400", "0e999", "0.000e-5", "-0.0", "-0",
    # hard cases of earlier parsers
    "6.631236846766476e-316", "3.2378839133029012895883524125015321748630e-319", "2.5e-1", "1e23", "8.5e22", "123456789012345678901234567890",
    "0.000000000000000000000000000000123456789012345678", "00000000000000000000000000001.5", "12345678901234567890", "18446744073709551615",
    "18446744073709551616", "10000000000000000000000000000000000000000e-40", "1E5", "1e+5", "1e-05", "+3", ".5", "5.", "-.5e1",
]  # fmt: skip
NUMBER = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.tuples(st.integers(0, 10**20), st.integers(-345, 290)).map(lambda pair: f"{pair[0]}e{pair[1]}"),
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**18)).map(lambda pair: f"{pair[0]}.{pair[1]:018d}"),
    st.decimals(min_value=-(10**9), max_value=10**9, places=6).map(str),
    # halfway between neighbours: their exact mean has up to 17 more digits
    st.integers(2**53, 2**62).map(lambda whole: str((whole >> 9 << 9) + 256)),
)


def row(cells: list[str], mark: str = "\t") -> np.ndarray:
    stream = BytesIO(("g" + mark + mark.join(cells) + "\n").encode())
    found = decimals.read_numbers(
        stream, n_text=1, width=len(cells), rows=1, delimiter=mark.encode(), point=b"."
    )
    assert found is not None
    return found[1][0]


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


@pytest.mark.parametrize("cell", TIES)
def test_ties_edges_and_hard_cases(cell):
    assert bits(row([cell])[0]) == bits(float(cell))


@settings(max_examples=600)
@given(cells=st.lists(NUMBER, min_size=1, max_size=8))
def test_every_number_is_the_nearest_double(cells):
    expected = [float(cell) for cell in cells]
    if all(map(np.isfinite, expected)):
        assert [bits(number) for number in row(cells)] == [bits(number) for number in expected]


def test_numbers_at_random_are_the_nearest_doubles_and_few_are_undecided():
    rng = np.random.default_rng(3)
    high, low, shift = decimals._powers()
    digits = rng.integers(1, 20, 20_000)
    whole = [int(rng.integers(1, 10**18)) % 10 ** int(n) + 1 for n in digits]
    powers = rng.integers(-280, 280, 20_000).tolist()
    found = [
        int(kernels.nearest(np.uint64(w), q, high, low, shift)) for w, q in zip(whole, powers, strict=True)
    ]
    decided = [
        (f"{w}e{q}", struct.unpack("<d", struct.pack("<Q", b))[0])
        for w, q, b in zip(whole, powers, found, strict=True)
        if b
    ]
    assert len(decided) > 19_900
    assert all(float(text) == number for text, number in decided)


def test_the_table_holds_the_leading_bits_of_the_powers_of_five():
    from fractions import Fraction

    for q, high, low, shift in zip(
        range(kernels.LOWEST, kernels.HIGHEST + 1),
        *(part.tolist() for part in decimals._powers()),
        strict=True,
    ):
        exact = Fraction(5) ** q * Fraction(2) ** shift
        kept = (high << 64) + low
        assert 2**127 <= kept < 2**128
        assert 0 <= exact - kept < 1


@pytest.mark.parametrize(
    "text",
    [
        "a\t1\n", "a\t1\t2\t3\n", "a\t1\t2 \n", "a\t1\tx\n", "a\t1\t-\n", "a\t1\t1e\n", "a\t1\t1e+\n", "a\t1\t.\n", "a\t1\t1.2.3\n",
        "a\t1\tinf\n", "a\t1\t1e400\n", "a\t1\t1_0\n", "a\t1\t0x10\n", "a\t1\tnull\n", "a\t1\tNAN\n", 'a"b\t1\t2\n', '"a""b"\t1\t2\n',
        '"a\t1\t2\n', "a\n", "a\t1,5\t2\n", "a\t1\tN\n", "a\t1\tn", "a\t1\tNa", "a\t--1\t2\n",
    ],
)  # fmt: skip
def test_a_line_that_is_anything_else_is_handed_back(text):
    def read(content: str) -> object:
        return decimals.read_numbers(
            BytesIO(content.encode()), n_text=1, width=2, rows=9, delimiter=b"\t", point=b"."
        )

    assert read(text) is None
    assert read("b\t1\t2\n" + text) is None
    assert read("b\t1\t2\n") is not None


def test_missing_cells_blank_lines_and_quoted_text():
    text = '"a b"\t\tNA\n\nb\tNaN\tnan\n\n"c"\t1\t-0'
    texts, numbers = decimals.read_numbers(
        BytesIO(text.encode()), n_text=1, width=2, rows=9, delimiter=b"\t", point=b"."
    )
    assert texts == [["a b", "b", "c"]]
    np.testing.assert_array_equal(numbers, [[np.nan] * 2, [np.nan] * 2, [1, 0]])
    assert np.signbit(numbers[2, 1])
    assert numbers.T.flags.c_contiguous


@pytest.mark.parametrize("buffer", [1, 7, 64, 10_000])
@pytest.mark.parametrize("tile", [1, 5, 1000])
def test_pieces_of_any_size_give_the_same(monkeypatch, buffer, tile):
    monkeypatch.setattr(decimals, "BUFFER", buffer)
    monkeypatch.setattr(decimals, "TILE", tile)
    rng = np.random.default_rng(1)
    values = rng.gamma(2, 3, size=(40, 3)) * 10.0 ** rng.integers(-9, 9, size=(40, 3))
    text = "".join(
        f"g{i};name {i};" + ";".join(map(repr, line)) + "\n" for i, line in enumerate(values.tolist())
    )
    texts, numbers = decimals.read_numbers(
        BytesIO(text.replace(".", ",").encode()), n_text=2, width=3, rows=40, delimiter=b";", point=b","
    )
    assert texts[1][39] == "name 39"
    np.testing.assert_array_equal(numbers, values)


def test_many_undecided_numbers_are_handed_back():
    cells = ["9007199254740993"] * (decimals.LEFT + 1)
    stream = BytesIO(("g," + ",".join(cells) + "\n").encode())
    assert (
        decimals.read_numbers(stream, n_text=1, width=len(cells), rows=1, delimiter=b",", point=b".") is None
    )
    assert (row(cells[:-1], ",") == float(cells[0])).all()
