"""Nothing of a person or a file is in what pseudonyms are given for: unique words, looked for in every byte."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import sys
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.signatures import SIGNATURES

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from leaks import contents, forms, holders
from sharded_studies import RULE as SHARED

pytestmark = [
    pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
KEY = hashlib.sha256(b"the key of a test").digest()
SIX = list(SIGNATURES["rice2013_6"].genes)
OTHERS = [
    f"{family}{n}" for family, count in (("RPL", 37), ("CDK", 20), ("MAPK", 15)) for n in range(1, count + 1)
]
RULE = SHARED.replace("CK halved", "%s").replace("protocol of the study", "%s")


def token(what: str) -> str:
    """A word that is in no other file: fourteen letters, one of them beyond ASCII."""
    letters = [chr(97 + byte % 26) for byte in hashlib.sha256(what.encode()).digest()[:13]]
    return "".join([*letters[:6], "ë", *letters[6:]])


class Home:
    """A folder of one study with its words: ``gone`` must not be in its results, ``stay`` must."""

    def __init__(self, top: Path) -> None:
        self.gone: dict[str, str] = {}
        self.stay: dict[str, str] = {}
        self.user = top / self.secret("user")
        self.folder = self.user / self.secret("folder")
        self.folder.mkdir(parents=True)
        self.results = self.folder / self.secret("results")
        self.patients = [f"{self.secret(f'patient {n}')} & {n}" for n in range(8)]
        self.healthy = [self.secret(f"control {n}") for n in range(5)]

    def secret(self, what: str) -> str:
        return self.gone.setdefault(what, token(what))

    def shown(self, what: str) -> str:
        return self.stay.setdefault(what, token(f"shown {what}"))

    def file(self, what: str, ending: str) -> Path:
        return self.folder / f"{self.secret(what)}{ending}"

    def sheet(self) -> pd.DataFrame:
        """Named columns; and some that are called as other things are: a default, a word of the title, a visit."""
        rows = [(who, visit, "ill") for who in self.patients for visit in ("before", "after")]
        rows += [(who, "before", "well") for who in self.healthy]
        free = ("patient", "sample", "visit", "donor", "name", "ward", "after", self.secret("column"))
        return pd.DataFrame([
            {"library": self.secret(f"sample {n}"), "subject": who, "timepoint": self.shown(visit), "cohort": self.shown(group),
             "plate": self.shown(f"plate {n // 2 % 2}"), **{name: self.secret(f"{name} {n}") for name in free}}
            for n, (who, visit, group) in enumerate(rows)
        ])  # fmt: skip

    def counts(self) -> pd.DataFrame:
        """Genes in rows; those of the signature are high in the ill before treatment."""
        rng, sheet = np.random.default_rng(3), self.sheet()
        genes = [*SIX, *OTHERS]
        level = rng.uniform(4, 7, len(genes))[:, None] + rng.normal(0, 0.4, (len(genes), len(sheet)))
        high = (sheet["cohort"] == self.shown("ill")) & (sheet["timepoint"] == self.shown("before"))
        level[: len(SIX)] += 1.5 * high.to_numpy()[None]
        values = rng.poisson(np.exp(level))
        return pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=list(sheet["library"]))

    def study(self, **changes: dict[str, Any]) -> dict[str, Any]:
        sheet = self.file("sheet", ".tsv")
        self.sheet().to_csv(sheet, sep="\t", index=False)
        fields: dict[str, Any] = {
            "title": f"{self.shown('title')} ward",
            "input": {"unit": "counts", "samples": sheet.name},
            "design": {
                "sample": "library", "patient": "subject", "visit": "timepoint", "baseline": self.shown("before"),
                "followup": [self.shown("after")], "group": "cohort", "controls": self.shown("well"), "batch": "plate",
            },
            "scores": {"own": {self.shown("own"): SIX[:4]}, "methods": ["zscore"], "random_sets": 0},
            "output": {"folder": str(self.file("output", ""))},
        }  # fmt: skip
        for table, keys in changes.items():
            fields[table] = {**fields.get(table, {}), **keys} if isinstance(keys, dict) else keys
        return fields

    def run(
        self, fields: dict[str, Any], *words: object, hidden: bool = True, into: Path | None = None
    ) -> Path:
        """``ifnsig run`` as its user would call it, from the study's folder."""
        study, key = self.file("study", ".json"), self.file("key", "")
        study.write_text(json.dumps(fields))
        key.write_bytes(KEY)
        key.chmod(0o600)
        mapping = self.file("mapping", ".csv")
        results = into or self.results
        options = ["--pseudonymise", key.name, "--mapping", mapping] if hidden else []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(self.user))
            patch.chdir(self.folder)
            call = [*map(str, ["run", study.name, *words, "-o", results, *options])]
            patch.setattr(sys, "argv", ["ifnsig", *call])
            with pytest.raises(SystemExit) as end:
                main(call)
        assert not end.value.code
        return results


def table(home: Home) -> None:
    """A table, a clinical table, a rule of one's own and a column of outcomes."""
    home.counts().to_csv(home.file("counts", ".tsv"), sep="\t")
    clinical = pd.DataFrame([
        {"subject": who, "timepoint": visit, "kinase": 500 + 40 * n - 90 * n * late, "relapse": home.shown("yes") if n % 2 else "-",
         home.secret("clinical column"): home.secret(f"clinic {n}")}
        for n, who in enumerate(home.patients) for late, visit in enumerate((home.shown("before"), home.shown("after")))
    ])  # fmt: skip
    clinical.to_csv(home.file("clinical", ".csv"), index=False)
    home.file("rule", ".toml").write_text(RULE % (home.shown("rule's title"), home.shown("rule's source")))
    home.run(home.study(
        input={"expression": home.file("counts", ".tsv").name, "clinical": home.file("clinical", ".csv").name},
        responses=[
            {"rule": home.file("rule", ".toml").name, "columns": {"ck": "kinase"}},
            {"column": "relapse", "positive": home.shown("yes")},
        ],
    ))  # fmt: skip


def files(home: Home) -> None:
    """A file a patient."""
    counts, sheet = home.counts(), home.sheet()
    names = []
    for who, mine in sheet.groupby("subject", sort=False)["library"]:
        path = home.file(f"file of {who}", ".tsv.gz")
        counts[list(mine)].to_csv(path, sep="\t")
        names.append(path.name)
    home.run(home.study(input={"expression": names}))


def quantified(home: Home) -> None:
    """Salmon's folders, named in a column of the sheet."""
    counts, sheet = home.counts(), home.sheet()
    ids = {gene: f"ENST{place:011d}" for place, gene in enumerate(counts.index)}
    pairs = pd.DataFrame({"transcript": ids.values(), "gene": ids.keys()})
    pairs.to_csv(home.file("tx2gene", ".tsv"), sep="\t", index=False)
    for n, sample in enumerate(sheet["library"]):
        place = home.folder / home.secret("all quantified") / home.secret(f"quantified {n}")
        place.mkdir(parents=True)
        frame = pd.DataFrame({"Name": ids.values(), "Length": 1000, "EffectiveLength": 800.0, "TPM": 1.0})
        frame.assign(NumReads=counts[sample].to_numpy(float)).to_csv(
            place / "quant.sf", sep="\t", index=False
        )
    fields = home.study(input={
        "expression": home.secret("all quantified"), "file_column": "quant", "unit": None,
        "options": {"tx2gene": home.file("tx2gene", ".tsv").name, "quantity": "counts"},
    })  # fmt: skip
    sheet["quant"] = [home.secret(f"quantified {n}") for n in range(len(sheet))]
    sheet.to_csv(home.file("sheet", ".tsv"), sep="\t", index=False)
    home.run(fields)


def annotated(home: Home) -> None:
    """An AnnData with words in every slot, of array probes."""
    counts, sheet = home.counts(), home.sheet()
    adata = anndata.AnnData(
        np.log2(counts.to_numpy(float).T + 1),
        obs=sheet.set_index("library")[["name"]].assign(**{home.secret("obs"): "x"}),
        var=pd.DataFrame({home.secret("var"): "x"}, index=[f"{n}_at" for n in range(len(counts))]),
    )
    adata.obs["name"] = adata.obs["name"].astype("category").cat.add_categories([home.secret("category")])
    adata.uns[home.secret("uns")] = home.secret("content of uns")
    adata.obsm["X_pca"] = np.ones((adata.n_obs, 2))
    adata.obsm[home.secret("obsm")] = np.ones((adata.n_obs, 2))
    adata.varm[home.secret("varm")] = np.ones((adata.n_vars, 2))
    adata.layers[home.secret("layer")] = adata.X.copy()
    adata.write_h5ad(home.file("annotated", ".h5ad"))
    probes = pd.DataFrame({"probe": adata.var_names, "symbol": counts.index})
    probes.to_csv(home.file("probes", ".tsv"), sep="\t", index=False)
    home.run(home.study(input={
        "expression": home.file("annotated", ".h5ad").name, "probe_map": home.file("probes", ".tsv").name, "unit": "log2_array",
    }))  # fmt: skip


def stored(home: Home) -> None:
    """A reference and a normalisation of an earlier study, with samples of its own."""
    home.counts().to_csv(home.file("counts", ".tsv"), sep="\t")
    source = {"expression": home.file("counts", ".tsv").name}
    earlier = home.run(
        home.study(input={**source, "normalize": "tmm"}, scores={"methods": ["robust_zscore"]}), hidden=False,
        into=home.folder / home.secret("earlier"),
    )  # fmt: skip
    assert holders(earlier, home.gone)  # as it is without pseudonyms
    home.run(home.study(
        input={**source, "normalization": f"{earlier.name}/normalization.npz"},
        scores={"methods": ["robust_zscore"], "reference": f"{earlier.name}/reference.npz"},
    ))  # fmt: skip


def scored(home: Home) -> None:
    """What an earlier run scored."""
    home.counts().to_csv(home.file("counts", ".tsv"), sep="\t")
    earlier = home.run(
        home.study(input={"expression": home.file("counts", ".tsv").name}), hidden=False,
        into=home.folder / home.secret("earlier"),
    )  # fmt: skip
    home.run(home.study(input={"scores": f"{earlier.name}/scored.h5ad", "unit": None}))


def elsewhere(home: Home) -> None:
    """A long table of scores made by another program."""
    sheet = home.sheet()
    scores = sheet[["library", "name"]].assign(what=home.shown("own"), value=np.linspace(0, 3, len(sheet)))
    scores.to_csv(home.file("scores", ".csv"), index=False)
    columns = {"sample": "library", "signature": "what", "score": "value"}
    fields = home.study(
        input={"scores": home.file("scores", ".csv").name, "score_columns": columns, "unit": None}
    )
    del fields["scores"]["own"]
    home.run(fields)


def shards(home: Home) -> None:
    """The study of ``table`` in three shards."""
    home.counts().to_csv(home.file("counts", ".tsv"), sep="\t")
    fields = home.study(input={"expression": home.file("counts", ".tsv").name})
    home.file("study", ".json").write_text(json.dumps(fields))
    parts = [home.file(f"shard {n}", ".npz") for n in (1, 2, 3)]
    for n, part in enumerate(parts, 1):
        with pytest.raises(SystemExit):
            main(["shard", str(home.file("study", ".json")), f"{n}/3", "-o", str(part)])
    home.run(fields, *parts)


CASES: list[Callable[[Home], None]] = [table, files, quantified, annotated, stored, scored, elsewhere, shards]
ONLY_TABLE = {"rule's title", "rule's source", "yes"}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.__name__)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("top"))
    request.param(made)
    return made


def test_no_word_of_a_person_or_a_file_is_in_any_byte_of_the_results(home: Home) -> None:
    assert len(home.gone) > 100
    assert holders(home.results, home.gone) == {}


def test_what_the_study_says_is_in_the_results(home: Home) -> None:
    found = holders(home.results, home.stay)
    assert sorted(found) == sorted(home.stay)
    everywhere = {place.partition(":")[0] for places in found.values() for place in places}
    assert {"scores.tsv", "report.html", "provenance.json", "scored.h5ad"} <= everywhere


def test_the_person_who_ran_it_is_not_in_the_results(home: Home) -> None:
    facts = json.loads((home.results / "provenance.json").read_text())
    assert facts["run"]["command"] == "ifnsig run"
    assert "root" not in facts["run"]
    assert set(facts["inputs"]) <= {
        "samples", "expression", *(f"expression-{n}" for n in range(1, 14)), "clinical", "rule", "tx2gene", "probe_map",
        "normalization", "reference", "scores",
    }  # fmt: skip
    assert all(len(digest) == 64 for digest in facts["inputs"].values())
    pieces = b"\n".join(data for _, data in contents(home.results))
    assert os.fsencode(Path.home()) not in pieces
    assert str(home.user.parent).lower().encode() not in pieces


def test_the_mapping_finds_everybody_again(home: Home) -> None:
    who = pd.read_csv(home.file("mapping", ".csv"))
    scores = pd.read_csv(home.results / "scores.tsv", sep="\t")
    names = who.set_index("pseudonym")["id"]
    sheet = home.sheet().set_index("library")
    assert sorted(names[scores["sample"].unique()]) == sorted(sheet.index)
    for row in scores.to_dict("records"):
        assert sheet.loc[names[row["sample"]], "subject"] == names[row["patient"]]


def test_patients_stand_in_the_order_of_their_pseudonyms(home: Home) -> None:
    scores = pd.read_csv(home.results / "scores.tsv", sep="\t")
    one = scores[scores["signature"] == scores["signature"].iloc[0]]
    assert list(one["patient"]) == sorted(one["patient"])
    assert list(anndata.read_h5ad(home.results / "scored.h5ad").obs_names) == list(one["sample"])


def test_two_orders_of_the_patients_give_the_same_files(tmp_path: Path) -> None:
    made = []
    for seed in (1, 2):
        home = Home(tmp_path / str(seed))
        order = random.Random(seed).sample(range(13), 13)
        sheet = home.sheet()
        people = [*home.patients, *home.healthy]
        rows = [row for n in order for row in sheet.index[sheet["subject"] == people[n]]]
        counts = home.counts().iloc[:, rows]
        counts.to_csv(home.file("counts", ".tsv"), sep="\t")
        fields = home.study(
            input={"expression": home.file("counts", ".tsv").name}, scores={"methods": ["robust_zscore"]}
        )
        sheet.loc[rows].to_csv(home.file("sheet", ".tsv"), sep="\t", index=False)
        made.append(home.run(fields))
    first, second = made
    names = sorted(path.name for path in first.iterdir() if path.suffix in (".tsv", ".npz"))
    assert {"scores.tsv", "qc.tsv", "change.tsv", "reference.npz"} <= set(names)
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []
    facts = [json.loads((folder / "provenance.json").read_text()) for folder in made]
    assert {name for name in facts[0] if facts[0][name] != facts[1][name]} == {"run", "inputs", "source"}


WORD = token("a word")
PLACES: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text(f"x{WORD.upper()}y"),
    "JSON": lambda path: path.write_text(json.dumps({WORD: 1})),
    "HTML": lambda path: path.write_text(WORD.replace("ë", "&euml;")),
    "address": lambda path: path.write_text(WORD.replace("ë", "%C3%AB")),
    "base64": lambda path: path.write_bytes(b64encode(f"12{WORD}345".encode())),
    "gzip": lambda path: path.write_bytes(gzip.compress(WORD.encode())),
    "npz": lambda path: np.savez_compressed(path.open("wb"), names=np.array(["a", WORD])),
    "name in npz": lambda path: np.savez(path.open("wb"), **{WORD: np.ones(2)}),
    "name": lambda path: (path.parent / WORD).write_text(""),
}


def in_hdf5(path: Path, part: str) -> None:
    with h5py.File(path, "w") as store:
        if part == "attribute":
            store.attrs["x"] = WORD
        elif part == "name":
            store.create_group(f"a/{WORD}")
        else:
            store.create_dataset("x", data=[WORD.encode()] * 50, compression="gzip")


PLACES |= {f"HDF5 {part}": partial(in_hdf5, part=part) for part in ("attribute", "name", "values")}


@pytest.mark.parametrize("place", PLACES)
def test_the_search_finds_a_word_in(place: str, tmp_path: Path) -> None:
    PLACES[place](tmp_path / "file")
    assert holders(tmp_path, {"it": WORD})
    assert not holders(tmp_path, {"another": token("another word")})


def test_a_word_has_forms_of_its_own() -> None:
    assert len(forms(WORD)) > 15
    assert not any(len(form) < 8 for form in forms(WORD))
