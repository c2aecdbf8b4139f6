"""What a normalisation learned from a cohort, frozen: saved, loaded, applied to one new sample."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.frozen import Kind, Part, check_digest, check_parts, header_of, load_frozen
from ...doors import say
from ...errors import GeneNameError, ReferenceRequiredError, listing
from ...io.files._regular import regular
from ...io.files._replace import replacing
from ...units import UNITS

VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Normalization:
    """A method of ``pp.normalize`` with all that it takes from other samples.

    Attributes
    ----------
    method
        Its name in ``pp.NORMALIZATIONS``.
    unit
        Unit of the values that it takes.
    genes
        Genes of the cohort; a new sample must have the same ones, in any order.
    samples
        The samples it was fitted on.
    options
        What the caller chose.
    learned
        Numbers and vectors over ``genes``; empty where every sample is treated by itself.
    """

    method: str
    unit: str
    genes: tuple[str, ...]
    samples: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def positions(self, genes: Sequence[str]) -> NDArray[np.intp]:
        """Where each of the cohort's genes stands among ``genes``.

        Raises
        ------
        GeneNameError
            ``genes`` are not the cohort's: sums and quantiles over others would be on another scale.
        """
        where = {str(gene): position for position, gene in enumerate(genes)}
        missing = [gene for gene in self.genes if gene not in where]
        known = set(self.genes)
        extra = [gene for gene in where if gene not in known]
        doubled = [gene for gene, times in Counter(map(str, genes)).items() if times > 1]
        if missing or extra or doubled:
            raise GeneNameError(
                f"The normalisation was fitted on {len(self.genes)} genes, and these samples have {len(genes)}:"
                f" missing {listing(missing) or 'none'}; not in the cohort {listing(extra) or 'none'}; doubled"
                f" {listing(doubled) or 'none'}. Take the same genes, each once"
                + say(python=": adata[:, list(normalization.genes)].", command=".")
            )
        return np.array([where[gene] for gene in self.genes], dtype=np.intp)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, for provenance."""
        about = [self.method, self.unit, self.genes, self.samples, dict(self.options), sorted(self.learned)]
        text = json.dumps(about).encode()
        return hashlib.sha256(
            text + b"".join(self.learned[key].tobytes() for key in sorted(self.learned))
        ).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write one ``.npz`` file (no pickle)."""
        header = header_of(
            VERSION, self.digest, method=self.method, unit=self.unit, options=dict(self.options)
        )
        arrays: dict[str, Any] = {
            "header": np.array(json.dumps(header)),
            "genes": np.array(self.genes, dtype=np.str_),
            "samples": np.array(self.samples, dtype=np.str_),
        }
        arrays |= {f"{BEFORE}{key}": value for key, value in self.learned.items()}
        with replacing(path) as unfinished, unfinished.open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> Normalization:
        """Read what :meth:`save` wrote.

        Raises
        ------
        MissingFileError
            No such file.
        ReferenceRequiredError
            The file is not a normalisation, or is of a newer version.
        """
        path = regular(path)
        header, arrays = load_frozen(path, FILE)
        method, options = header.get("method"), header.get("options")
        if not isinstance(method, str) or method not in LEARNED:
            raise FILE.wrong(path, f"its method is {method!r:.40}, which is none of {', '.join(LEARNED)}")
        learned = {f"{BEFORE}{name}": part for name, part in LEARNED[method].items()}
        check_parts(path, FILE, arrays, {**PARTS, **learned})
        _check_header(path, header, arrays)
        found = cls(
            method, header["unit"], tuple(arrays["genes"].tolist()), tuple(arrays["samples"].tolist()), options or {},
            {name.removeprefix(BEFORE): arrays[name] for name in learned},
        )  # fmt: skip
        check_digest(path, FILE, header, found.digest)
        return found


def _remedy() -> str:
    return "Make one with " + say(
        python="pp.fit_normalization(...).save(path).",
        command="`ifnsig normalize --save FILE`, or take the normalization.npz of a study.",
    )


FILE = Kind("normalisation", VERSION, ReferenceRequiredError, _remedy)
BEFORE = "learned_"
PARTS = {"genes": Part("U", ("genes",)), "samples": Part("U", ("samples",))}
_SIZE, _GENES = Part("f", (), least=np.nextafter(0, 1)), Part("f", ("genes",))
LEARNED: dict[str, dict[str, Part]] = {
    "log_cpm": {"mean_library_size": _SIZE},
    "log2": {}, "cpm": {}, "cells": {}, "delta_ct": {},
    "tmm": {"reference": _GENES, "reference_size": _SIZE, "centre": _SIZE, "mean_effective_size": _SIZE},
    "upper_quartile": {"seen": _GENES, "centre": _SIZE, "mean_effective_size": _SIZE},
    # a gene without a count in some sample has no geometric mean
    "median_of_ratios": {"log_means": Part("f", ("genes",), "any")},
    "vst": {"log_means": Part("f", ("genes",), "any"), "trend": Part("f", (2,), least=0.0)},
    "quantile": {"target": _GENES},
    "nanostring": {"positive_target": _SIZE, "housekeeping_target": _SIZE},
    "delta_delta_ct": {"calibrator": Part("f", ("genes",), "nan")},
}  # fmt: skip
"""Method -> what its ``fit`` learns, as the file holds it."""

OPTIONS: dict[str, tuple[type, ...]] = {
    "log": (bool,), "background": (str,), "reference_genes": (list, type(None)), "controls": (str, type(None)),
}  # fmt: skip


def _check_header(path: Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    if str(header.get("unit")) not in UNITS:
        raise FILE.wrong(path, f"its unit is {header.get('unit')!r:.40}, which is none that ifnsig knows")
    options = header.get("options")
    if not isinstance(options, dict):
        raise FILE.wrong(path, f"its options are {options!r:.40}, not a mapping")
    for name, value in options.items():
        if name not in OPTIONS or not isinstance(value, OPTIONS[name]):
            raise FILE.wrong(path, f"its option {name:.40} is {value!r:.40}")
    if not all(isinstance(gene, str) for gene in options.get("reference_genes") or []):
        raise FILE.wrong(path, "its reference genes are no names")
    for name in ("genes", "samples"):
        if not len(arrays[name]) or len(set(arrays[name].tolist())) < len(arrays[name]):
            raise FILE.wrong(path, f"its {name} are none, or some are there twice")
