"""Join each signature with its own recipe, the samples that the recipe compares with, and the matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import Members, Reference
from ...doors import argument, say
from ...errors import ReferenceRequiredError, UnitError, listing
from ...methods import Method
from ...methods._recipes import KINDS
from ...methods.published import Ready, compared_samples, on_scale
from ...pp import gene_values
from ...pp._controls import Samples, read_controls, warn_of_few
from ...signatures import SIGNATURES, Recipe
from ._coverage import Found, Rules
from ._recipes import Given, check_recipes, find_recipes, housekeeping, over
from ._signatures import ChosenSignature

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How each signature will be scored: its recipe, and the references of recipes that compare.

    ``controls`` are the healthy samples, ``cohort`` all samples; None where no recipe asks for them.
    """

    recipes: Mapping[str, Recipe]
    unit: str
    controls: Reference | None
    cohort: Reference | None

    def compared(self, name: str) -> Reference | None:
        """The samples that the recipe of ``name`` compares with."""
        return {"controls": self.controls, "cohort": self.cohort, "": None}[over(self.recipes[name])]

    def coverage(
        self, adata: AnnData, chosen: Mapping[str, ChosenSignature], method: Method, rules: Rules
    ) -> list[Row]:
        """Rows as those of other methods; a gene that its recipe cannot use counts as constant."""
        rows = []
        for name, item in chosen.items():
            spread = self.recipes[name].kind in ("sum_of_z", "mean_of_z")
            reference = self.compared(name) if spread else None
            row = Found.among(adata, {name: item}).usable({name: item}, method, reference, rules)[0]
            if self.recipes[name].kind == "median_fold_change":
                row["constant"] = self._without_fold_change(name, item, set(row["missing"]))
                row["n_used"] = row["n_found"] - len(row["constant"])
                row["coverage"] = row["n_used"] / row["n_genes"]
                row["status"] = rules.status(row["coverage"])
            rows.append(row)
        return rows

    def _without_fold_change(self, name: str, item: ChosenSignature, missing: set[str]) -> list[str]:
        """Genes whose healthy median is 0: nothing is a multiple of it."""
        present = [gene for gene in item.genes if gene not in missing]
        reference = self.compared(name)
        people = None if reference is None else reference.select(present).values
        if people is None:
            return []
        middle = np.median(on_scale(people.astype(np.float64, copy=False), self.unit, "linear"), axis=0)
        return [gene for gene, value in zip(present, middle, strict=True) if not value > 0]

    def members(self, kept: Mapping[str, ChosenSignature], genes: list[str]) -> Members:
        """Where the genes are; the columns hold the reference genes of the recipes too."""
        steady = {gene: 1.0 for name in kept for gene in housekeeping(self.recipes[name], self.unit)}
        every = Members.find({**{name: item.genes for name, item in kept.items()}, "": steady}, genes)
        return replace(
            every,
            names=every.names[:-1],
            positions=every.positions[:-1],
            weights=every.weights[:-1],
            absent=every.absent[:-1],
        )

    def learned(self, members: Members) -> tuple[Ready, ...]:
        """The recipes, ready for the blocks."""
        return tuple(self._ready(name, column, members) for column, name in enumerate(members.names))

    def _ready(self, name: str, column: int, members: Members) -> Ready:
        recipe, where = self.recipes[name], {members.genes[c]: i for i, c in enumerate(members.columns)}
        genes = [members.genes[members.columns[position]] for position in members.positions[column]]
        parameters = {
            key: value for key, value in recipe.parameters.items() if key not in ("over", "housekeeping")
        }
        if "modules" in parameters:
            parameters["modules"] = [
                np.array([genes.index(gene) for gene in part if gene in genes], dtype=np.intp)
                for part in _modules(name, parameters["modules"])
            ]
        steady = None
        if "housekeeping" in recipe.parameters:
            steady = np.array([where[gene] for gene in housekeeping(recipe, self.unit)], dtype=np.intp)
        reference = self.compared(name)
        healthy = (
            None
            if reference is None
            else compared_samples(reference.select(genes), self.unit, KINDS[recipe.kind].scale)
        )
        return Ready(recipe.kind, parameters, healthy, steady, self.unit)

    def facts(self, names: list[str]) -> Row:
        """What provenance records beside the usual: every recipe, and the widest scope."""
        scopes = {name: {"controls": "reference", "cohort": "cohort", "": "sample"}[over(self.recipes[name])]
                  for name in names}  # fmt: skip
        widest = next((scope for scope in ("cohort", "reference") if scope in scopes.values()), "sample")
        about = {
            name: {
                "kind": self.recipes[name].kind,
                "parameters": dict(self.recipes[name].parameters),
                "sentence": self.recipes[name].sentence,
                "scope": scopes[name],
            }
            for name in names
        }
        return {"scope": widest, "recipes": about}


def plan(
    adata: AnnData,
    matrix: Any,
    unit: str,
    chosen: Mapping[str, ChosenSignature],
    reference: Reference | str | None,
    controls: Samples | None,
    recipes: Given | None,
) -> Plan:
    """Find every signature's recipe, and fit what the recipes compare with.

    Raises
    ------
    ParameterError
        A signature has no recipe that a source says, or a recipe was given for a signature that is not scored.
    ReferenceRequiredError
        A recipe compares with healthy samples and none are named.
    CoverageError
        Reference genes of a recipe are not in the matrix.
    UnitError
        The reference was fitted on values of another unit.
    """
    found = find_recipes(chosen, recipes or {})
    check_recipes(found, chosen, unit, set(adata.var_names))
    asked = {name: over(recipe) for name, recipe in found.items()}
    used = sorted({gene for item in chosen.values() for gene in item.genes} & set(adata.var_names))
    healthy = [name for name, what in asked.items() if what == "controls"]
    people = _healthy(adata, matrix, unit, used, healthy, reference, controls) if healthy else None
    everyone = (
        _fit(adata, matrix, np.arange(adata.n_obs), used, unit, "cohort")
        if "cohort" in asked.values()
        else None
    )
    return Plan(found, unit, people, everyone)


def _modules(name: str, modules: Any) -> list[list[str]]:
    """The genes of every module: ids of the catalogue, or the caller's own ``{name: genes}``."""
    if isinstance(modules, Mapping):
        return [list(genes) for genes in modules.values()]
    return [list(SIGNATURES[module].with_genes().genes) for module in modules]


def _healthy(
    adata: AnnData,
    matrix: Any,
    unit: str,
    genes: list[str],
    names: list[str],
    reference: Reference | str | None,
    controls: Samples | None,
) -> Reference:
    if isinstance(reference, Reference) == (controls is not None) or isinstance(reference, str):
        raise ReferenceRequiredError(
            f"The recipe of {listing(names)} compares with healthy samples: name them once, with"
            f" {argument('tl.score', 'controls')} or a {say(python='Reference', command='reference file')}. "
            "The cohort itself is not what its paper compares with."
        )
    if isinstance(reference, Reference):
        if reference.unit != unit:
            raise UnitError(
                f"The reference was fitted on {reference.unit!r} values; these are {unit!r}. Score values of the same unit."
            )
        return reference
    rows, label = read_controls(adata, controls or (), "tl.score")
    warn_of_few(adata, rows, label)
    return _fit(adata, matrix, rows, genes, unit, label)


def _fit(adata: AnnData, matrix: Any, rows: np.ndarray, genes: list[str], unit: str, label: str) -> Reference:
    columns = np.sort(adata.var_names.get_indexer(genes))
    values = gene_values(matrix, columns, np.sort(rows))
    names = tuple(str(adata.var_names[column]) for column in columns)
    samples = tuple(str(name) for name in adata.obs_names[rows])
    return Reference.fit(values, names, samples, unit=unit, label=label, keep_values=True)
