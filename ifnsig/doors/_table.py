"""Where an argument is given: in Python, on the command line, in a study file. Data alone; a test holds it to all three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A door does not have the argument, and why."""

    why: str


class Place(NamedTuple):
    """An argument: its option, by command where they differ, and its key or keys in the study file.

    A key is written with its tables, ``design.baseline``; ``[]`` marks a list of tables, ``responses[].time``.
    """

    option: str | dict[str, str] | Nowhere
    key: str | tuple[str, ...] | Nowhere


class Options(NamedTuple):
    """Options that a noun brings along: how they are named in Python, and what passes them on at the other doors.

    ``inside`` is the table of the study file, or the key that holds them as an inline table.
    """

    python: str
    option: dict[str, str]
    inside: str
    inline: bool = True


EXPRESSION = ("score", "normalize", "fit-reference")
"""Commands that read expression."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "io.read": EXPRESSION, "pp.map_genes": EXPRESSION, "pp.normalize": EXPRESSION, "io.read_clinical": ("respond",),
    "pp.fit_reference": ("fit-reference", "score"), "tl.score": ("score",), "tl.change": ("change",),
    "tl.test_change": ("change",), "tl.associate": ("associate",), "tl.respond": ("respond",),
    "tl.pair_visits": ("respond",), "tl.plan_pairs": ("power",),
}  # fmt: skip
"""Commands that meet a function; no command meets the others."""

NORMALIZE_OPTION = {
    "score": "--normalize-option",
    "fit-reference": "--normalize-option",
    "normalize": "--option",
}
NORMALIZE = {"score": "--normalize", "fit-reference": "--normalize", "normalize": "--method"}

OPTIONS = {
    "method": Options("{0}", {"score": "--option"}, "scores.options.{0}", inline=False),
    "measure": Options("{0}", {"respond": "--parameter"}, "responses[].parameters"),
    "recipe": Options("{0}", {"score": "--option recipes"}, "scores.options.published.recipes", inline=False),
    "reader": Options("the reader of {0}", dict.fromkeys(EXPRESSION, "--read-option"), "input.options"),
    "normalization": Options("pp.normalize", NORMALIZE_OPTION, "input.normalize_options"),
}

SETTLED = Nowhere("the command settles it")
STUDY_SETTLES = Nowhere("a study settles it")
ASKED = Nowhere("only a study asks this question")
PYTHON = Nowhere("a choice of programs alone")
FIRST = Nowhere("it is the argument of the command")


def _same(table: str, *names: str) -> dict[str, Place]:
    """Arguments with one name at all doors."""
    return {name: Place(f"--{name.replace('_', '-')}", f"{table}.{name}") for name in names}


def _study(table: str, *names: str) -> dict[str, Place]:
    """Arguments that no command has."""
    return {name: Place(ASKED, f"{table}.{name}") for name in names}


CONTROLS = ("design.group", "design.controls")
VISITS = _study("design", "patient", "visit", "baseline", "followup") | {"controls": Place(ASKED, CONTROLS)}

ARGUMENTS: dict[str, dict[str, Place]] = {
    "io.read": {
        **_same("input", "format", "unit", "samples", "orientation", "missing", "extra", "file_column"),
        "sample_column": Place("--sample-column", "design.sample"),
        "path": Place(FIRST, "input.expression"),
        **_same("input", "layer"),
    },
    "io.from_frame": {"orientation": Place(PYTHON, PYTHON)},
    "io.read_clinical": _same("design", "patient", "visit"),
    "pp.map_genes": {
        **_same("input", "organism", "probe_map", "gene_column", "gene_ids"),
        "collapse": Place(SETTLED, STUDY_SETTLES),
    },
    "pp.normalize": {
        "method": Place(NORMALIZE, "input.normalize"),
        "fitted": Place("--normalization", "input.normalization"),
        "mean_library_size": Place(SETTLED, STUDY_SETTLES),
    },
    "pp.fit_reference": {
        "controls": Place("--controls", CONTROLS),
        "keep_values": Place(SETTLED, STUDY_SETTLES),
        "genes": Place(PYTHON, PYTHON),
    },
    "tl.score": {
        "signatures": Place("--signatures", "scores.signatures"),
        "method": Place("--method", "scores.methods"),
        "controls": Place("--controls", CONTROLS),
        "reference": Place("--reference", "scores.reference"),
        "low_coverage": Place("--low-coverage", STUDY_SETTLES),
        "threads": Place("--threads", STUDY_SETTLES),
        "warn_below": Place(PYTHON, PYTHON),
        "refuse_below": Place(PYTHON, PYTHON),
    },
    "tl.change": {
        **_same("design", "patient", "visit", "baseline", "followup"),
        "method": Place("--method", "scores.methods"),
        "controls": Place("--controls", CONTROLS),
        **_study("design", "replicates"),
        "events": Place(ASKED, "design.events"),
        "missing": Place(PYTHON, PYTHON),
    },
    "tl.test_change": {
        "primary": Place("--primary", "scores.primary"),
        "primary_visit": Place(ASKED, "design.primary_followup"),
        **_study("design", "arm", "steroid", "cell_fractions"),
        **_study("change", "selected_by_baseline", "screening_mean", "screening_sd"),
        "icc": Place(ASKED, "change.test_retest_icc"),
        "healthy": Place(PYTHON, PYTHON),
    },
    "tl.associate": {
        **_same("responses[]", "positive", "negative", "outcome_type", "classes", "time", "covariates"),
        **_same("responses[]", "matched_set", "matched_on", "strata", "samples"),
        **_same("design", "patient", "visit", "baseline"),
        "response": Place("--response", "responses[].column"),
        "method": Place("--method", "scores.methods"),
        "primary": Place("--primary", "scores.primary"),
        "times": Place(ASKED, "responses[].times"),
        "score": Place(PYTHON, PYTHON),
        "relevant": Place(PYTHON, PYTHON),
    },
    "tl.respond": {
        "measure": Place("--measure", "responses[].measure"),
        "columns": Place("--column", "responses[].columns"),
        "name": Place("--name", "responses[].name"),
    },
    "tl.pair_visits": _same("design", "patient", "visit", "baseline", "followup"),
    "tl.suppression": {
        "definition": Place(ASKED, "suppression.definitions"),
        **_study("suppression", "cut"),
        **_study("design", "arm"),
        "healthy": Place(PYTHON, PYTHON),
    },
    "tl.survival_curves": {
        **_study("responses[]", "positive", "negative", "time"),
        **_study("design", "patient", "visit", "baseline"),
        **_study("survival", "cut"),
        "response": Place(ASKED, "responses[].column"),
        "method": Place(ASKED, "scores.methods"),
    },
    "tl.time_course": {
        **_study("time_course", "interrupted", "interrupted_column", "noise_sd"),
        **_study("design", "times"),
    },
    "tl.test_visits": {**_study("design", "times", "arm"), **_study("visits", "df_method")},
    "tl.test_arms": {**_study("design", "arm"), **_study("arms", "control", "model", "covariates")},
    "tl.agreement": {
        **_study("agreement", "platform", "same"),
        **_study("design", "patient"),
        "method": Place(ASKED, "scores.methods"),
    },
    "tl.gene_changes": {
        **VISITS,
        "layer": Place(ASKED, STUDY_SETTLES),
        **_study("genes", "trend", "min_count"),
    },
    "tl.count_changes": {**VISITS, **_study("genes", "min_count")},
    "tl.gene_set_changes": VISITS,
    "tl.gene_agreement": {name: VISITS[name] for name in ("patient", "visit", "baseline", "controls")},
    "tl.score_groups": {name: VISITS[name] for name in ("patient", "visit", "baseline", "controls")},
    "tl.drug_effect": _study("drug_effect", "donor", "condition", "vehicle", "drug", "within"),
    "tl.dose_response": _study("dose_response", "donor", "dose", "within"),
    "tl.call_positive": {"controls": Place(ASKED, CONTROLS), **_study("input", "platform")},
    "pp.check_design": _study("design", "patient", "visit", "batch", "arm", "group", "sex", "baseline"),
    "tl.plan_pairs": {
        name: Place(f"--{name.replace('_', '-')}", Nowhere("a study file plans no study"))
        for name in ("dz", "suppression", "excess", "sd_change", "power", "alpha", "seed")
    },
}

SHOWN = {
    "controls": ("(column, value)", "COLUMN=VALUE", '"value"'),
    "group": ("column", "COLUMN", '"column"'),
    "columns": ("{input: column}", "INPUT=COLUMN", '{ input = "column" }'),
    "probe_map": ("...", "FILE", '"probes.tsv"'),
    "tx2gene": ("", "FILE", '"tx2gene.tsv"'),
    "method": ("", "METHOD", '"method"'),
    "methods": ("", "", '["method"]'),
    "positive": ("...", "VALUE", '"value"'),
    "negative": ("...", "VALUE", '"value"'),
    "patient": ("...", "COLUMN", '"column"'),
    "visit": ("column", "COLUMN", '"column"'),
    "baseline": ("visit", "VISIT", '"visit"'),
    "time": ("", "COLUMN", '"column"'),
    "times": ("{visit: time since baseline}", "", "{ visit = time since baseline }"),
    "classes": ("[lowest, ..., highest]", "LOWEST,...,HIGHEST", '["lowest", ..., "highest"]'),
    "matched_set": ("column", "COLUMN", '"column"'),
    "layer": ("...", "", ""),
}
"""What stands for a value that the message cannot know, at the three doors."""
