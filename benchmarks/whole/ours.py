"""The whole job with ifnsig's verbs, and with nothing that the scripts beside it do not do.

    python benchmarks/whole/ours.py FOLDER OUT TIES METHOD...

TIES is how tied genes are placed by ssGSEA and GSVA: "average" (ifnsig's rule), "gseapy" or "gsva" (those programs' rules).
"""

import sys
from pathlib import Path

import pandas as pd

import ifnsig as ifn

folder, out, ties, methods = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
primary, healthy = "rice2013_6", ("group", "healthy")
signatures = [primary, "kim2018_28", "galbraith_ds_16", "hallmark_ifna", "hallmark_ifng"]
options = {
    "zscore": {"controls": healthy},
    "ssgsea": {"ties": ties},
    "gsva": {"ties": ties, "kernel_table": None if ties == "average" else "r", "reference": "cohort"},
}

adata = ifn.io.read(folder / "counts.tsv", format="table", unit="counts", samples=folder / "samples.tsv")
ifn.pp.normalize(adata, method="log_cpm")
tests = []
for method in methods:
    ifn.tl.score(adata, signatures, method=method, layer="log_cpm", **options.get(method, {}))
    change = ifn.tl.change(adata, method=method, baseline="week0", followup=["week4"], controls=healthy)
    tests.append(ifn.tl.test_change(change, primary=primary if method == methods[0] else None))
    if method == methods[0]:
        sampled = {"method": method, "patient": "patient", "visit": "visit", "baseline": "week0"}
        associations = [
            ifn.tl.associate(adata, response="group", negative="healthy", primary=primary, **sampled),
            ifn.tl.associate(change, response="better", positive="yes", negative="no", primary=primary),
        ]
ifn.get.score_table(adata).to_csv(out / "scores.tsv", sep="\t", index=False)
pd.concat(tests).to_csv(out / "changes.tsv", sep="\t", index=False)
pd.concat(associations).to_csv(out / "associations.tsv", sep="\t", index=False)
