"""Small studies with something changed at random: what ``check`` says of them, and what ``run`` does.

``make fuzz`` tries thousands: ``python tests/study/mutations.py --count 3000 --seed 1``. A case is its seed.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import shutil
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from sharded_studies import RULE

from ifnsig.errors import IfnsigError
from ifnsig.study import Study, check, run
from ifnsig.study.schema.model import tables_of

Fields = dict[str, Any]
steps_of_run = sys.modules["ifnsig.study.run"]
GENES = [
    "IFI27", "IFI44", "IFI44L", "ISG15", "RSAD2", "SIGLEC1", "IFIT1", "MX1", "OAS1", "OAS2", "XAF1",
    *(f"KRT{n}" for n in range(1, 11)), *(f"RPL{n}" for n in range(3, 12)),
]  # fmt: skip
DESIGN: Fields = {
    "sample": "sample", "patient": "patient", "visit": "visit", "baseline": "w0", "followup": ["w4", "w12"],
    "group": "group", "controls": "healthy",
}  # fmt: skip
BASES: dict[str, Fields] = {
    "visits": {
        "input": {"expression": "counts.tsv", "unit": "counts", "samples": "samples.tsv", "clinical": "clinical.tsv"},
        "design": {**DESIGN, "batch": "batch", "sex": "sex", "arm": "arm", "steroid": "mg", "covariates": ["hours"]},
        "scores": {"signatures": ["rice2013_6"], "own": {"mine": GENES[6:11]}, "methods": ["zscore", "ssgsea"], "random_sets": 2},
        "responses": [
            {"column": "relapse", "positive": 1}, {"measure": "kl6_limit", "columns": {"kl6": "ck"}, "parameters": {"limit": 500}},
            {"rule": "rule.toml"}, {"column": "relapse", "time": "months", "positive": 1},
        ],
        "change": {"selected_by_baseline": {"column": "high", "value": "yes"}},
        "suppression": {"definitions": ["log_ratio"]},
        "arms": {"control": "placebo"},
        "genes": {"min_count": 0},
        "survival": {},
    },
    "one_visit": {
        "input": {"expression": "log.tsv", "unit": "log2_array", "samples": "samples.tsv"},
        "design": {"patient": "patient", "group": "group", "controls": "healthy"},
        "scores": {"signatures": ["rice2013_6"], "methods": ["mean", "singscore"], "random_sets": 0},
        "responses": [{"column": "age"}, {"column": "answer", "classes": ["none", "minor", "major"]}],
        "agreement": {"genes": True},
        "score_groups": {},
    },
    "stored": {
        "input": {"expression": "counts.tsv", "unit": "counts", "samples": "samples.tsv", "normalization": "normalization.npz"},
        "design": {**DESIGN, "followup": []},
        "scores": {"signatures": ["rice2013_6"], "methods": ["robust_zscore"], "reference": "reference.npz", "random_sets": 0},
        "time_course": {}, "visits": {},
    },
    "elsewhere": {
        "input": {
            "scores": "scores.tsv", "samples": "samples.tsv", "score_columns": {"signature": "signature", "score": "score"},
        },
        "design": {**DESIGN, "followup": ["w4"]},
        "suppression": {"definitions": ["log_ratio"], "cut": {"mine": 0.5}},
        "responses": [{"column": "case", "positive": "yes"}],
    },
    "dish": {
        "input": {"scores": "wells.tsv", "samples": "plate.tsv"},
        "drug_effect": {"vehicle": "DMSO", "drug": ["tofa"]}, "dose_response": {},
    },
}  # fmt: skip


def write_files(folder: Path) -> None:
    """The files of all bases: eight patients at three visits, four healthy people, thirty genes."""
    rng = np.random.default_rng(5)
    rows = [
        {"sample": f"P{n}{visit}", "patient": f"P{n}", "visit": visit, "group": "ill", "arm": "drug" if n % 2 else "placebo",
         "sex": "FM"[n % 2], "batch": f"B{(n + place) % 2}", "mg": 10 - place * (n % 3), "hours": int(rng.integers(20)),
         "age": 30 + 3 * n, "relapse": int(n % 3 == 0), "months": 5 + n, "high": "yes" if n % 2 else "no",
         "case": "yes" if n < 4 else "no", "answer": ["none", "minor", "major"][n % 3]}
        for n in range(8) for place, visit in enumerate(("w0", "w4", "w12"))
    ]  # fmt: skip
    rows += [
        {"sample": f"H{n}", "patient": f"H{n}", "visit": "w0", "group": "healthy", "sex": "F", "batch": "B0"}
        for n in range(4)
    ]
    sheet = pd.DataFrame(rows)
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    ill = sheet[sheet["group"] == "ill"]
    clinical = ill[["patient", "visit"]].assign(ck=rng.integers(100, 900, len(ill)))
    clinical.to_csv(folder / "clinical.tsv", sep="\t", index=False)
    level = rng.uniform(4, 7, (len(GENES), 1)) + rng.normal(0, 0.4, (len(GENES), len(sheet)))
    level[:11] += (sheet["group"] == "ill").to_numpy() * rng.uniform(0.5, 1.5, len(sheet))
    counts = pd.DataFrame(
        rng.poisson(np.exp(level)), index=pd.Index(GENES, name="gene"), columns=sheet["sample"]
    )
    counts.to_csv(folder / "counts.tsv", sep="\t")
    np.log2(counts + 1).round(3).to_csv(folder / "log.tsv", sep="\t")
    scores = pd.DataFrame(
        {"sample": sheet["sample"], "signature": "mine", "score": rng.normal(size=len(sheet)).round(3)}
    )
    scores.to_csv(folder / "scores.tsv", sep="\t", index=False)
    (folder / "rule.toml").write_text(RULE)
    plate = pd.DataFrame([
        {"sample": f"W{donor}_{dose}", "donor": f"D{donor}", "dose": dose, "condition": "tofa" if dose else "DMSO"}
        for donor in range(3) for dose in (0, 1, 4, 16, 64)
    ])  # fmt: skip
    plate.to_csv(folder / "plate.tsv", sep="\t", index=False)
    wells = pd.DataFrame(
        {
            "sample": plate["sample"],
            "mine": 100 / (1 + plate["dose"] / 8) + rng.normal(size=len(plate)).round(2),
        }
    )
    wells.to_csv(folder / "wells.tsv", sep="\t", index=False)
    stored = copy.deepcopy(BASES["stored"])
    del stored["input"]["normalization"], stored["scores"]["reference"]
    (folder / "first.json").write_text(json.dumps(stored))
    made = run(folder / "first.json", output=folder / "made")
    for name in ("normalization.npz", "reference.npz"):
        shutil.copy(made / name, folder / name)
    shutil.rmtree(folder / "made")
    (folder / "first.json").unlink()


@dataclass(frozen=True)
class Case:
    """A study file, the files that were changed beside it, and in words what was changed."""

    base: str
    fields: Fields
    files: dict[str, bytes | None]
    said: tuple[str, ...]


KNOWN = tables_of(Study)
SCHEMA = Study.model_json_schema()
WORDS = [
    "sample", "patient", "visit", "group", "arm", "sex", "batch", "mg", "hours", "age", "relapse", "months", "high", "case",
    "answer", "ck", "donor", "dose", "condition", "w0", "w4", "w12", "ill", "healthy", "placebo", "drug", "yes", "no",
    "mine", "rice2013_6", "zscore", "gsva", "mean", "ulm", "published", "weighted", "pydeseq2", "cohort", "counts.tsv", "samples.tsv", "clinical.tsv",
    "reference.npz", "normalization.npz", "scores.tsv", "rule.toml", "results", "NOT_ESTIMABLE", "tis", "sri4",
]  # fmt: skip
ODD: list[Any] = [
    "", " ", "zz", "é\N{RIGHT-TO-LEFT OVERRIDE}", "../..", "a/b/c", "x" * 400, 0, 1, -1, 3, 0.5, -2.5, 1e308, 2**70, True, False,
    None, [], {}, ["zz"], ["w4"], ["w4", "w4"], {"zz": 1}, {"mine": 0.5}, {"rice2013_6": "x"}, {"column": "group", "value": "ill"},
    [[]], ["mean", "mean"], {"zscore": {"combine": "sum"}}, {"zscore": {"zz": 1}}, {"ssgsea": {"alpha": -1}}, {"log": "yes"}, {"w4": 1, "w12": 3},
    {"w4": -1, "w12": 3}, {"reference_genes": ["RPL3"]}, {"mine": []}, {"mine": ["zz"]}, {"mine": ["MX1", "MX1"]}, {"mine": ["MX1"]},
]  # fmt: skip


def _choices(schema: Any) -> list[Any]:
    """Every enumerated value of the schema: what a study file may say in some place."""
    if isinstance(schema, dict):
        found = list(schema.get("enum", [])) + ([schema["const"]] if "const" in schema else [])
        return found + [item for inner in schema.values() for item in _choices(inner)]
    return [item for inner in schema for item in _choices(inner)] if isinstance(schema, list) else []


CHOICES = sorted(set(map(str, _choices(SCHEMA))))


def mutate(seed: int, home: Path) -> Case:
    """A study with one to three things changed."""
    rng = random.Random(seed)
    base = rng.choice(list(BASES))
    fields, files = copy.deepcopy(BASES[base]), dict[str, bytes | None]()
    said = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if rng.random() < 0.65:
            said.append(_change_key(rng, fields))
        else:
            said.append(_change_file(rng, fields, files, home))
    return Case(base, fields, files, tuple(said))


def _tables(fields: Any, place: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Fields]]:
    """The tables that a study has, each with its place in the model."""
    if isinstance(fields, list):
        return [found for item in fields for found in _tables(item, place)]
    if not isinstance(fields, dict) or place not in KNOWN:
        return []
    return [
        (place, fields),
        *(found for key, item in fields.items() for found in _tables(item, (*place, key))),
    ]


def _change_key(rng: random.Random, fields: Fields) -> str:
    place, table = rng.choice(
        [found for found in _tables(fields) if found[1] or KNOWN[found[0]].model_fields]
    )
    key = rng.choice([*table, *KNOWN[place].model_fields])
    what = rng.random()
    if key in table and what < 0.2:
        del table[key]
        return f"{'.'.join((*place, key))} deleted"
    if what < 0.25:
        table[f"{key}s"] = table.get(key)
        return f"{'.'.join((*place, key))}s is no key"
    if isinstance(table.get(key), list) and table[key] and what < 0.45:
        table[key] = [*table[key], rng.choice([*WORDS, *ODD, *table[key]])]
    else:
        table[key] = copy.deepcopy(rng.choice(rng.choice((WORDS, ODD, CHOICES))))
    return f"{'.'.join((*place, key))} = {str(table[key])[:60]!r}"


def _change_file(rng: random.Random, fields: Fields, files: dict[str, bytes | None], home: Path) -> str:
    named = [word for word in _words(fields) if 0 < len(word) < 200 and (home / word).is_file()]
    if not named:
        return "no file is named"
    name = rng.choice(named)
    content = files.get(name, (home / name).read_bytes())
    if content is None:
        return f"{name} is gone already"
    title, change = rng.choice(FILE_CHANGES) if name.endswith((".tsv", ".toml")) else ("not there", _gone)
    files[name] = change(rng, content, name.endswith(".tsv"))
    return f"{name}: {title}"


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [word for item in inside for word in _words(item)]


def _gone(rng: random.Random, content: bytes, table: bool) -> None:
    return None


def _cut(rng: random.Random, content: bytes, table: bool) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _noise(rng: random.Random, content: bytes, table: bool) -> bytes:
    at = rng.randrange(max(len(content), 1))
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _cells(
    change: Callable[[random.Random, list[list[str]]], None],
) -> Callable[[random.Random, bytes, bool], bytes]:
    def changed(rng: random.Random, content: bytes, table: bool) -> bytes:
        rows = [line.split("\t") for line in content.decode(errors="replace").splitlines()]
        if not table or len(rows) < 2:
            return _cut(rng, content, table)
        change(rng, rows)
        return ("\n".join("\t".join(row) for row in rows) + "\n").encode()

    return changed


def _cell(rng: random.Random, rows: list[list[str]]) -> None:
    row = rng.choice(rows)
    row[rng.randrange(len(row))] = rng.choice(
        ("", " ", "NA", "inf", "-1", "1e400", "zz", "w0", "0", "ill", "=1+1")
    )


def _column(rng: random.Random, rows: list[list[str]]) -> None:
    at, value = rng.randrange(len(rows[0])), rng.choice(("", "NA", "1", "zz", "-3"))
    for row in rows[1:]:
        if at < len(row):
            row[at] = value


def _drop(rng: random.Random, rows: list[list[str]]) -> None:
    at = rng.randrange(len(rows[0]))
    for row in rows:
        del row[at : at + 1]


def _swap(rng: random.Random, rows: list[list[str]]) -> None:
    one, other = (rng.randrange(len(rows[0])) for _ in range(2))
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]


def _few(rng: random.Random, rows: list[list[str]]) -> None:
    del rows[rng.randrange(1, len(rows) + 1) :]


def _twice(rng: random.Random, rows: list[list[str]]) -> None:
    rows.append(list(rng.choice(rows)))


def _some(rng: random.Random, rows: list[list[str]]) -> None:
    rows[1:] = rng.sample(rows[1:], rng.randrange(len(rows)))


FILE_CHANGES: list[tuple[str, Any]] = [
    ("not there", _gone), ("cut", _cut), ("one byte", _noise), ("one cell", _cells(_cell)), ("a cell", _cells(_cell)),
    ("one value in a column", _cells(_column)), ("a column less", _cells(_drop)), ("two names swapped", _cells(_swap)),
    ("rows cut", _cells(_few)), ("a row twice", _cells(_twice)), ("some of its rows", _cells(_some)),
]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What both said; ``fault`` is how they disagree, empty where they do not."""

    kind: str
    fault: str


def _run(path: Path, whole: bool) -> None:
    if whole:
        run(path)
        return
    with (
        patch.object(steps_of_run, "render_html", lambda _: ""),
        patch.object(steps_of_run, "_write", lambda *_: None),
    ):
        run(path)


def judge(case: Case, home: Path, *, whole: bool = True) -> Verdict:
    """Let ``check`` and ``run`` look at a case; unless ``whole``, a run without its report and its files."""
    with tempfile.TemporaryDirectory(prefix="case-") as place:
        folder = Path(place)
        for file in home.iterdir():
            (folder / file.name).symlink_to(file)
        for name, content in case.files.items():
            (folder / name).unlink()
            if content is not None:
                (folder / name).write_bytes(content)
        path = folder / "study.json"
        path.write_text(json.dumps(case.fields))
        checked, refused = _said(lambda: [f.sentence for f in check(path) if f.severity == "error"])
        before = set(folder.iterdir())
        _, stopped = _said(lambda: _run(path, whole))
        left = sorted(made.name for made in set(folder.iterdir()) - before)
    first = refused or (checked[0] if checked else "")
    kind = "accepted" if not (first or stopped) else "refused" if first and stopped else "disagree"
    if "Traceback" in first + stopped:
        return Verdict("traceback", (first + stopped)[-1500:])
    if kind == "disagree":
        return Verdict(kind, f"check: {first or 'accepts'}\nrun:   {stopped or 'accepts'}")
    if kind == "refused" and first not in stopped:
        return Verdict("another message", f"check: {first}\nrun:   {stopped}")
    if kind == "refused" and left:
        return Verdict("left behind", str(left))
    return Verdict(kind, "")


def _said(call: Callable[[], Any]) -> tuple[Any, str]:
    """What a call returns, and what it refuses; a traceback where the error is none of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call(), ""
        except IfnsigError as fault:
            return None, str(fault) or "an error without words"
        except Exception:
            return None, traceback.format_exc()


def main() -> int:
    """Try many; print those on which they disagree, and how many there were of each kind."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--count", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--whole", action="store_true", help="also the report and the files of each run")
    given = words.parse_args()
    home = Path(tempfile.mkdtemp())
    write_files(home)
    kinds: Counter[str] = Counter()
    for seed in range(given.seed, given.seed + given.count):
        case = mutate(seed, home)
        verdict = judge(case, home, whole=given.whole)
        kinds[verdict.kind] += 1
        if verdict.fault:
            sys.stdout.write(
                f"--- seed {seed} ({case.base}): {verdict.kind}: {'; '.join(case.said)}\n{verdict.fault}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{dict(kinds)}\n")
    shutil.rmtree(home)
    return int(bool(set(kinds) - {"accepted", "refused"}))


if __name__ == "__main__":
    sys.exit(main())
