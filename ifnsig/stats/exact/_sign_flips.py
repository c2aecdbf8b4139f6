"""Sign flips: if the drug changes nothing, each change could as well have had the other sign."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._vectors import ROUNDING, Numbers, Seed, Vector, draws, generator, monte_carlo_error, vector

MOST_EXACT = 16
"""Up to this many patients all 2**n sign patterns are taken."""
DRAWS = 99_999
"""Random sign patterns beyond that; with the observed one, 100,000."""
_BLOCK = 8192
_SIGNS = 2**21
"""Random signs in memory at a time; how they are cut into blocks changes none of them."""


@dataclass(frozen=True, slots=True)
class SignFlip:
    """Sign-flip test of the mean.

    Attributes
    ----------
    mean
        Mean difference.
    p
        Two-sided p.
    p_type
        ``"exact"`` (all patterns) or ``"Monte Carlo"``.
    n, n_flips
        Patients, and sign patterns that p rests on.
    min_attainable_p
        Smallest p that these patients could have given; a difference of 0 has no sign and lends nothing.
    mc_error
        Standard error of a Monte Carlo p; 0 when exact.
    """

    mean: float
    p: float
    p_type: str
    n: int
    n_flips: int
    min_attainable_p: float
    mc_error: float


def sign_flip(differences: ArrayLike, rng: Seed | None = None, *, n_flips: int = DRAWS) -> SignFlip:
    """Test that the differences are symmetric around 0, by flipping their signs.

    p is the share of sign patterns s with ``|mean(s * d)| >= |mean(d)|``. All 2**n patterns are taken up to
    16 patients; beyond, ``n_flips`` random ones and p = (b + 1) / (m + 1) [1]_. Sums that differ by rounding
    only are tied.

    Parameters
    ----------
    differences
        One value a patient, shape (n,), n >= 1, no NaN.
    rng
        Seed or generator; needed beyond 16 patients only.
    n_flips
        Random patterns beyond 16 patients.

    Raises
    ------
    ParameterError
        NaN, an empty vector, or no ``rng`` where one is needed.

    References
    ----------
    .. [1] Phipson & Smyth 2010, doi 10.2202/1544-6115.1585.
    """
    return sign_flips([differences], rng, n_flips=n_flips)[0]


def sign_flips(
    several: Sequence[ArrayLike], rng: Seed | None = None, *, n_flips: int = DRAWS
) -> list[SignFlip]:
    """:func:`sign_flip` of several vectors of differences; those of equally many patients meet the same patterns.

    With a seed each p is that of the vector alone.
    """
    n_flips = draws(n_flips, name="n_flips", function="sign_flip")
    vectors = [vector(one, name="differences", function="sign_flip") for one in several]
    alike: dict[int, list[int]] = {}
    for place, d in enumerate(vectors):
        alike.setdefault(len(d), []).append(place)
    found: dict[int, SignFlip] = {}
    for places in alike.values():
        table = np.column_stack([vectors[place] for place in places])
        hits = as_far(table, rng, n_flips, "sign_flip")
        for place, reached in zip(places, hits.tolist(), strict=True):
            found[place] = _flipped(vectors[place], reached, n_flips)
    return [found[place] for place in range(len(vectors))]


def _flipped(d: Vector, hits: int, n_flips: int) -> SignFlip:
    exact = len(d) <= MOST_EXACT
    p = share(hits, len(d), n_flips)
    return SignFlip(
        mean=float(d.mean()),
        p=float(p),
        p_type="exact" if exact else "Monte Carlo",
        n=len(d),
        n_flips=2 ** len(d) if exact else n_flips,
        min_attainable_p=smallest_p(int(np.count_nonzero(d)), None if exact else n_flips),
        mc_error=monte_carlo_error(float(p), None if exact else n_flips),
    )


def as_far(table: Vector, rng: Seed | None, n_flips: int, function: str) -> Numbers:
    """How many patterns take the sum of each column as far from 0 as it is; ties by rounding count."""
    bound = np.abs(table.sum(axis=0)) - ROUNDING * np.abs(table).sum(axis=0)
    hits = np.zeros(table.shape[1], dtype=np.int64)
    for sums in flipped_sums(table, rng, n_flips, function):
        hits += (np.abs(sums) >= bound).sum(axis=0)
    return hits


def flipped_sums(table: Vector, rng: Seed | None, n_flips: int, function: str) -> Iterator[Vector]:
    """Column sums of ``table`` (n, k) with the signs of its rows flipped, a block of patterns at a time: (patterns, k).

    Up to 16 rows every pattern whose first sign is +: the mirrored half gives the same absolute sums.
    """
    n, whole = len(table), table.sum(axis=0)
    for kept in _kept(n, rng, n_flips, function):
        yield 2.0 * (kept @ table) - whole


def _kept(n: int, rng: Seed | None, n_flips: int, function: str) -> Iterator[Vector]:
    """Patterns in blocks of rows: 1 where a row keeps its sign, 0 where it is flipped."""
    if n <= MOST_EXACT:
        codes = np.arange(2 ** (n - 1))
        for first in range(0, len(codes), _BLOCK):
            bits = (codes[first : first + _BLOCK, None] >> np.arange(n)) & 1
            yield (1 - bits).astype(np.float64)
        return
    random = generator(
        rng, function=function, why=f"{n} patients are more than the {MOST_EXACT} of the exact test"
    )
    # four signs come of one random number: never cut in between
    most = min(_BLOCK, max(_SIGNS // n // 64 * 64, 64))
    for first in range(0, n_flips, most):
        rows = min(most, n_flips - first)
        # the highest bit of each byte: what Generator.integers(0, 2, dtype=int8) gives, in a third of its time
        bits = np.frombuffer(random.bytes(rows * n), dtype=np.uint8) >> 7
        yield bits.reshape(rows, n).astype(np.float64)


def share(hits: int | Numbers | Vector, n: int, n_flips: int) -> Vector:
    """p from the number of patterns at least as extreme as the observed one."""
    if n <= MOST_EXACT:
        return np.asarray(hits / 2 ** (n - 1))
    return np.asarray((hits + 1) / (n_flips + 1))


def smallest_p(n_signed: int, n_flips: int | None) -> float:
    """Smallest two-sided p of ``n_signed`` differences with a sign: 2 / 2**n, at least 1 / (m + 1)."""
    exact = min(1.0, math.ldexp(2.0, -n_signed))  # 2**n overflows past 1,023 patients
    return exact if n_flips is None else max(exact, 1.0 / (n_flips + 1))
