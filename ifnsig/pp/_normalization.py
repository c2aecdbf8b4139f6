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

from ..doors import say
from ..errors import GeneNameError, MissingFileError, ReferenceRequiredError, listing
from ..io._regular import regular
from ..io._replace import replacing

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
        header = {
            "version": VERSION, "method": self.method, "unit": self.unit, "options": dict(self.options),
        }  # fmt: skip
        arrays: dict[str, Any] = {
            "header": np.array(json.dumps(header)),
            "genes": np.array(self.genes, dtype=np.str_),
            "samples": np.array(self.samples, dtype=np.str_),
        }
        arrays |= {f"learned_{key}": value for key, value in self.learned.items()}
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
        if not path.is_file():
            raise MissingFileError(f"There is no normalisation file {str(path)!r}.")
        try:
            with np.load(path, allow_pickle=False) as stored:
                header = json.loads(str(stored["header"]))
                genes, samples = stored["genes"].tolist(), stored["samples"].tolist()
                learned = {
                    key.removeprefix("learned_"): stored[key] for key in stored if key.startswith("learned_")
                }
                method, unit, options = header["method"], header["unit"], header["options"]
        except (KeyError, ValueError, OSError, TypeError, EOFError) as fault:
            raise ReferenceRequiredError(
                f"{str(path)!r} is not a normalisation that ifnsig saved: {fault}. Make one with "
                + say(
                    python="pp.fit_normalization(...).save(path).",
                    command="`ifnsig normalize --save FILE`, or take the normalization.npz of a study.",
                )
            ) from None
        if header["version"] > VERSION:
            raise ReferenceRequiredError(
                f"{str(path)!r} has version {header['version']} of the normalisation file; this ifnsig reads up to"
                f" {VERSION}. Update ifnsig."
            )
        return cls(method, unit, tuple(genes), tuple(samples), options, learned)
