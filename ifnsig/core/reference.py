"""What a method learns from other samples, frozen: fitted on named samples, saved, loaded, applied to one new patient."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..doors import say
from ..errors import ReferenceRequiredError, UnitError, listing
from ..units import UNITS
from .frozen import Kind, Part, check_digest, check_parts, header_of, load_frozen
from .moments import Moments, exact_dense

VERSION = 1
FEWEST_SAMPLES = 2  # an SD needs two
PART = 64  # rows that are turned to another type at once
MOMENTS = tuple(field.name for field in fields(Moments))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Mean and SD of every gene over reference samples.

    Attributes
    ----------
    genes
        Gene names, shape (g,).
    mean, sd
        Per gene, in ``unit``; SD with n - 1.
    samples
        The samples it was fitted on.
    unit
        Unit of the values.
    label
        What the samples are, for tables and reports (``"group = healthy"``, ``"cohort"``).
    mean_library_size
        Mean library size of the cohort that log-CPM values were made in; one new sample needs it for the same values.
        None for other units.
    values
        The samples' own values, shape (n, g), where a method needs more than mean and SD (a median, a range, a density,
        a direction): every order statistic is exact. Else None. float64, or the float32 of a matrix that is looked at
        in place for one call.
    moments
        What mean and SD followed from, chunk by chunk: shards are joined from it, see :meth:`merge`.
    """

    genes: tuple[str, ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    samples: tuple[str, ...]
    unit: str
    label: str
    mean_library_size: float | None = None
    values: NDArray[np.floating] | None = None
    moments: Moments | None = None

    @property
    def n(self) -> int:
        """Number of reference samples."""
        return len(self.samples)

    @property
    def is_cohort(self) -> bool:
        """Whether the scored cohort itself is the reference, so that scores move when others join."""
        return self.label == "cohort"

    @classmethod
    def fit(
        cls,
        values: Any,
        genes: tuple[str, ...],
        samples: tuple[str, ...],
        *,
        unit: str,
        label: str,
        mean_library_size: float | None = None,
        keep_values: bool = False,
    ) -> Reference:
        """Fit on ``values``, dense or scipy sparse, shape (samples, genes), without NaN.

        Raises
        ------
        ReferenceRequiredError
            Fewer than two samples.
        """
        _refuse_few(samples, label)
        return cls.of_moments(
            Moments.fit(values), genes, samples, unit=unit, label=label, mean_library_size=mean_library_size,
            values=exact_dense(values) if keep_values else None,
        )  # fmt: skip

    @classmethod
    def of_moments(
        cls,
        moments: Moments,
        genes: tuple[str, ...],
        samples: tuple[str, ...],
        *,
        unit: str,
        label: str,
        mean_library_size: float | None = None,
        values: NDArray[np.floating] | None = None,
    ) -> Reference:
        """The reference of samples whose moments are known.

        Raises
        ------
        ReferenceRequiredError
            Fewer than two samples.
        """
        _refuse_few(samples, label)
        mean, sd = moments.mean_and_sd()
        return cls(genes, mean, sd, samples, unit, label, mean_library_size, values, moments)

    @classmethod
    def merge(cls, parts: Sequence[Reference], *, label: str | None = None) -> Reference:
        """The reference of all samples of ``parts``, in their order, as if it had been fitted on them at once.

        Means and SDs are joined from sums over chunks of 1,024 samples. Parts of whole chunks (the last may be shorter)
        give the numbers of the single fit to the last bit; others differ by rounding (1e-12 relative). Medians, MADs,
        ranges, densities and directions need the values: they are kept if every part has them, and then exact.

        Parameters
        ----------
        parts
            References of the same genes (in any order; the first one's is taken), unit and library size.
        label
            What the samples are; by default what the parts say, which must be the same.

        Raises
        ------
        ReferenceRequiredError
            No part, a sample in two parts, other genes, other labels without ``label=``, or a part that holds mean and
            SD alone (written by an older version).
        UnitError
            Other units, or log-CPM made with other library sizes.
        """
        if not parts:
            raise ReferenceRequiredError("Reference.merge got no reference. Give at least one.")
        first = parts[0]
        _refuse_unlike(parts, label)
        ordered = [part.select(first.genes) for part in parts]
        kept = [part.values for part in ordered if part.values is not None]
        return cls.of_moments(
            Moments.join([part.moments for part in ordered if part.moments is not None]),
            first.genes,
            tuple(sample for part in parts for sample in part.samples),
            unit=first.unit,
            label=first.label if label is None else label,
            mean_library_size=first.mean_library_size,
            values=np.concatenate(kept) if len(kept) == len(parts) else None,
        )

    def select(self, genes: Iterable[str], *, values: bool = True) -> Reference:
        """The same reference for ``genes`` in their order; NaN where it lacks one. Without ``values``, mean and SD alone."""
        wanted = tuple(str(gene) for gene in genes)
        if wanted == self.genes:
            return self
        where = {gene: position for position, gene in enumerate(self.genes)}
        index = np.array([where.get(gene, -1) for gene in wanted], dtype=np.intp)
        mean = np.where(index < 0, np.nan, self.mean[index])
        sd = np.where(index < 0, np.nan, self.sd[index])
        picked = _picked(self.values, index) if values and self.values is not None else None
        moments = self.moments.select(index) if values and self.moments is not None else None
        return replace(self, genes=wanted, mean=mean, sd=sd, values=picked, moments=moments)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, for provenance."""
        about = [self.genes, self.samples, self.unit, self.label, self.mean_library_size]
        found = hashlib.sha256(json.dumps(about).encode())
        for numbers in (self.mean, self.sd):
            found.update(np.ascontiguousarray(numbers).data)
        for part in () if self.values is None else _narrow_parts(self.values):
            found.update(part.data)
        return found.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write one ``.npz`` file (no pickle)."""
        header = header_of(
            VERSION, self.digest, unit=self.unit, label=self.label, mean_library_size=self.mean_library_size
        )
        arrays: dict[str, Any] = {
            "header": np.array(json.dumps(header)),
            "genes": np.array(self.genes, dtype=np.str_),
            "samples": np.array(self.samples, dtype=np.str_),
            "mean": self.mean,
            "sd": self.sd,
        }
        if self.values is not None:
            arrays["values"] = self.values
        if self.moments is not None:
            arrays |= {f"moments_{name}": getattr(self.moments, name) for name in MOMENTS}
        with Path(path).open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> Reference:
        """Read what :meth:`save` wrote.

        Raises
        ------
        MissingFileError
            No such file.
        ReferenceRequiredError
            The file is not a reference, or is of a newer version.
        """
        place = Path(path)
        header, arrays = load_frozen(place, FILE)
        check_parts(place, FILE, arrays, PARTS)
        _check_header(place, header, arrays)
        sums: list[Any] = [arrays[f"moments_{name}"] for name in MOMENTS if f"moments_{name}" in arrays]
        if len(sums) not in (0, len(MOMENTS)):
            raise FILE.wrong(place, "some of its moments are missing")
        found = cls(
            tuple(map(str, arrays["genes"])), arrays["mean"], arrays["sd"], tuple(map(str, arrays["samples"])),
            header["unit"], header["label"], header.get("mean_library_size"), arrays.get("values"),
            Moments(*sums) if sums else None,
        )  # fmt: skip
        if found.moments is not None and found.moments.n != found.n:
            raise FILE.wrong(place, f"its moments are of {found.moments.n} samples, not {found.n}")
        check_digest(place, FILE, header, found.digest)
        return found


def _remedy() -> str:
    return say(
        python="pp.fit_reference(...).save(path) makes one.",
        command="`ifnsig reference` makes one; a study leaves its own as reference.npz.",
    )


FILE = Kind("reference", VERSION, ReferenceRequiredError, _remedy)
PARTS = {
    "genes": Part("U", ("genes",)), "samples": Part("U", ("samples",)),
    "mean": Part("f", ("genes",), "nan"), "sd": Part("f", ("genes",), "nan", 0.0),
    "values": Part("f", ("samples", "genes"), "nan", needed=False),
    "moments_counts": Part("iu", ("chunks",), least=1, needed=False),
    "moments_means": Part("f", ("chunks", "genes"), "nan", needed=False),
    "moments_squares": Part("f", ("chunks", "genes"), "nan", 0.0, needed=False),
    "moments_low": Part("f", ("genes",), "nan", needed=False),
    "moments_high": Part("f", ("genes",), "nan", needed=False),
}  # fmt: skip
"""What the file of a reference holds; a gene that it lacks has NaN."""


def _check_header(path: Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    if str(header.get("unit")) not in UNITS:
        raise FILE.wrong(path, f"its unit is {header.get('unit')!r:.40}, which is none that ifnsig knows")
    if not isinstance(header.get("label"), str):
        raise FILE.wrong(path, f"its label is {header.get('label')!r:.40}, not text")
    size = header.get("mean_library_size")
    if size is not None and (isinstance(size, bool) or not isinstance(size, (int, float)) or not size > 0):
        raise FILE.wrong(path, f"its mean library size is {size!r:.40}")
    if len(arrays["samples"]) < FEWEST_SAMPLES:
        raise FILE.wrong(path, f"it has {len(arrays['samples'])} samples; {FEWEST_SAMPLES} make an SD")
    for name in ("genes", "samples"):
        if len(set(arrays[name].tolist())) < len(arrays[name]):
            raise FILE.wrong(path, f"some of its {name} are there twice")


def _picked(values: NDArray[np.floating], index: NDArray[np.intp]) -> NDArray[np.float64]:
    out = values[:, index].astype(np.float64)
    out[:, index < 0] = np.nan
    return out


def _narrow_parts(values: NDArray[np.floating]) -> Iterator[NDArray[np.floating]]:
    """Row after row, as float32 if that holds every value: the same for one content in either type, and half as much."""
    parts = [values[first : first + PART] for first in range(0, len(values), PART)]
    narrow = all(
        np.array_equal(part.astype(np.float32), part, equal_nan=True) for part in parts if part.itemsize > 4
    )
    for part in parts:
        yield np.ascontiguousarray(part, dtype=np.float32 if narrow else np.float64)


def _refuse_few(samples: tuple[str, ...], label: str) -> None:
    if len(samples) < FEWEST_SAMPLES:
        raise ReferenceRequiredError(
            f"A reference needs at least {FEWEST_SAMPLES} samples to have an SD; {label!r} has {len(samples)}"
            f" ({listing(samples) or 'none'})."
        )


def _refuse_unlike(parts: Sequence[Reference], label: str | None) -> None:
    """Refuse references that are not of the same genes, unit and kind of samples, or that cannot be joined."""
    first = parts[0]
    for number, part in enumerate(parts[1:], 2):
        where = f"Reference {number} ({part.label!r}, {part.n} samples)"
        if (part.unit, part.mean_library_size) != (first.unit, first.mean_library_size):
            raise UnitError(
                f"{where} is of {part.unit!r} with mean library size {part.mean_library_size}, the first of"
                f" {first.unit!r} with {first.mean_library_size}. Normalise all shards by one fitted normalisation."
            )
        if strange := sorted(set(part.genes) ^ set(first.genes)):
            raise ReferenceRequiredError(
                f"{where} and the first do not have the same genes: {listing(strange)} in one of them alone. Fit all"
                f" shards {say(python='with the same genes=', command='on the same genes')}."
            )
        if label is None and part.label != first.label:
            raise ReferenceRequiredError(
                f"{where} is not of {first.label!r} like the first. "
                + say(
                    python="Pass label= if they belong together.",
                    command="Name the controls of all shards alike.",
                )
            )
    if without := [str(number) for number, part in enumerate(parts, 1) if part.moments is None]:
        raise ReferenceRequiredError(
            f"References {listing(without)} hold mean and SD alone and cannot be joined. Fit them again."
        )
    counts = Counter(sample for part in parts for sample in part.samples)
    if doubled := [sample for sample, times in counts.items() if times > 1]:
        raise ReferenceRequiredError(f"Samples that are in more than one reference: {listing(doubled)}.")
