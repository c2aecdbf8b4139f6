"""What stands beside a singscore: how far apart the genes' ranks lie, and whether random genes would stand as high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ... import gate
from ...checks import generator, number_between
from ...core import Block, Members
from ...doors import called
from ...errors import ParameterError
from ...methods import METHODS
from ...methods.singscore import dispersion, permutation_p
from ._arguments import checked_unit
from ._coverage import Found, Rules, report
from ._one_pass import Job, run
from ._signatures import find_signatures, renamed

if TYPE_CHECKING:
    from anndata import AnnData

Signatures = str | Sequence[str] | Mapping[str, Any]


def rank_dispersion(
    adata: AnnData,
    signatures: Signatures,
    *,
    layer: str | None = None,
    threads: int = 1,
    **parameters: Any,
) -> pd.DataFrame:
    """Spread of each signature's ranks within each sample: 1.4826 times their MAD; samples x signatures.

    Small when the genes stand together, which is what a mean rank suggests. With rising and falling genes the mean of the
    two sides.

    Parameters
    ----------
    adata, signatures, layer, threads
        As in ``tl.score``.
    **parameters
        ``ties``, ``known_direction`` and ``stable`` of the method ``singscore``.

    Raises
    ------
    ParameterError, CoverageError, UnitError, TableError
        As ``tl.score`` with the method ``singscore``.

    References
    ----------
    Foroutan 2018, doi:10.1186/s12859-018-2435-4.
    """
    if unknown := sorted(set(parameters) - {"ties", "known_direction", "stable"}):
        raise ParameterError(
            f"{called('tl.rank_dispersion')} has no option {', '.join(unknown)}. Its options: ties, known_direction, stable."
        )
    return _table(adata, signatures, _dispersion, parameters, layer, threads)


def rank_permutation_p(
    adata: AnnData,
    signatures: Signatures,
    *,
    rng: int | np.random.Generator,
    n_permutations: int = 1000,
    ties: str = "min",
    layer: str | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Two-sided p of each singscore among random gene sets of its size; samples x signatures.

    ``(1 + number of random sets with |score| >= |score|) / (1 + n_permutations)``: never 0. It asks whether the genes
    stand out in this one sample. Genes of a signature move together without any drug, so it is no test of a change.

    Parameters
    ----------
    adata, signatures, layer, threads
        As in ``tl.score``.
    rng
        Seed or generator; all samples and all signatures of one size share their random sets.
    n_permutations
        Random sets.
    ties
        As in the method ``singscore``.

    Raises
    ------
    ParameterError
        No ``rng``, fewer than one permutation, an unknown rule for ties, genes of different weight.
    CoverageError, UnitError, TableError
        As ``tl.score`` with the method ``singscore``.
    """
    if rng is None:
        raise ParameterError(
            f"{called('tl.rank_permutation_p')} needs 'rng' (a seed or a numpy Generator): sets are drawn at random."
        )
    number_between(n_permutations, 1, np.inf, name="n_permutations", function="tl.rank_permutation_p")
    seed = int(
        generator(rng, function="tl.rank_permutation_p").integers(2**63)
    )  # the same sets for every block of samples
    parameters = {"seed": seed, "n_permutations": int(n_permutations), "ties": ties}
    return _table(adata, signatures, _permutation_p, parameters, layer, threads)


def _table(
    adata: AnnData,
    signatures: Signatures,
    work: Any,
    parameters: Mapping[str, Any],
    layer: str | None,
    threads: int,
) -> pd.DataFrame:
    threads = int(number_between(threads, 1, 4096, name="threads", function="tl.score"))
    record, rules = METHODS["singscore"], Rules(0.8, 0.5)
    checked_unit(adata, layer, record)
    chosen = renamed(find_signatures(signatures), adata.var_names)
    report(adata, Found.among(adata, chosen).usable(chosen, record, None, rules), rules, "raise")
    members = Members.find({name: item.genes for name, item in chosen.items()}, adata.var_names.tolist())
    job = Job(replace(record, score=work), members, None, parameters)
    values = run(adata, gate.matrix(adata, layer), [job], threads=threads)[0]
    return pd.DataFrame(values, index=adata.obs_names, columns=list(members.names))


def _dispersion(block: Block, members: Members, learned: None, **parameters: Any) -> NDArray[np.float64]:
    return dispersion(block, members, **parameters)


def _permutation_p(
    block: Block, members: Members, learned: None, *, seed: int, n_permutations: int, ties: Any
) -> NDArray[np.float64]:
    return permutation_p(
        block, members, n_permutations=n_permutations, rng=np.random.default_rng(seed), ties=ties
    )
