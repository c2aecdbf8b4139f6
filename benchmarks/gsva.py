"""GSVA beside GSEApy: CPU and wall seconds of the public calls, each in a child process of its own.

    python benchmarks/gsva.py --samples 200 500 1000 --json gsva.json

Both score the same seeded log expression (float32, some zeros) with the same sets and the Gaussian kernel. Timed is the
call alone, after one small call of the same program; importing and the first small call are printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROGRAMS = ("ifnsig", "gseapy")
SIZES = (5, 8, 10, 12, 15, 20, 20, 25, 30, 30, 40, 50, 50, 60, 80, 80, 100, 120, 150, 200)


def cohort(samples: int, genes: int) -> Any:
    """Log expression of seeded genes: 10 % of the genes are mostly zero, values have the noise of bulk RNA-seq."""
    import numpy as np

    rng = np.random.default_rng(20240501)
    level = rng.gamma(3.0, 1.5, genes)
    values = rng.normal(level, 0.3 + rng.gamma(2.0, 0.3, genes), (samples, genes))
    rare = rng.random(genes) < 0.1
    values[:, rare] -= level[rare] + 0.5
    return np.maximum(values, 0.0).astype(np.float32)


def sets(genes: int) -> dict[str, list[str]]:
    """Twenty sets of 5 to 200 genes."""
    import numpy as np

    rng = np.random.default_rng(1)
    return {
        f"set{i}": [f"G{g}" for g in rng.choice(genes, size, replace=False)] for i, size in enumerate(SIZES)
    }


def seconds() -> tuple[float, float]:
    """CPU of all threads and children, and wall."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, time.perf_counter()


def since(start: tuple[float, float]) -> dict[str, float]:
    cpu, wall = seconds()
    return {"cpu": round(cpu - start[0], 3), "wall": round(wall - start[1], 3)}


def peak_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_ifnsig(values: Any, members: dict[str, list[str]], threads: int) -> Any:
    import inspect

    import anndata
    import numpy as np
    import pandas as pd

    import ifnsig as ifn
    from ifnsig import keys

    names = [f"G{i}" for i in range(values.shape[1])]
    adata = anndata.AnnData(
        values, obs=pd.DataFrame(index=[f"S{i}" for i in range(len(values))]), var=pd.DataFrame(index=names)
    )
    keys.declare_unit(adata, "log2_cpm")
    shared = {"threads": threads} if "threads" in inspect.signature(ifn.tl.score).parameters else {}
    start = seconds()
    ifn.tl.score(adata, members, method="gsva", reference="cohort", **shared)
    return np.asarray(adata.obsm["ifn_gsva"].loc[:, list(members)]), since(start)


def run_gseapy(values: Any, members: dict[str, list[str]], threads: int) -> Any:
    import gseapy
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(
        values.T.astype(np.float64),
        index=[f"G{i}" for i in range(values.shape[1])],
        columns=[f"S{i}" for i in range(len(values))],
    )
    start = seconds()
    result = gseapy.gsva(
        data=table,
        gene_sets=members,
        kcdf="Gaussian",
        min_size=1,
        max_size=10**6,
        outdir=None,
        threads=threads,
    )
    spent = since(start)
    wide = result.res2d.pivot(index="Name", columns="Term", values="ES").astype(float)
    return wide.loc[table.columns, list(members)].to_numpy(), spent


def child(program: str, samples: int, genes: int, threads: int, out: str) -> None:
    """Time one program and write what it cost (JSON) and its scores (npy)."""
    start = seconds()
    run = {"ifnsig": run_ifnsig, "gseapy": run_gseapy}[program]
    run(cohort(20, 1000), sets(1000), threads)
    facts: dict[str, Any] = {"import and first small call": since(start)}
    values, members = cohort(samples, genes), sets(genes)
    before = peak_rss_mb()
    _, facts["first call"] = run(values, members, threads)
    facts["rss_rise_mb"] = round(peak_rss_mb() - before)
    scores, facts["call"] = run(values, members, threads) if program == "ifnsig" else (_, facts["first call"])
    import numpy as np

    np.save(Path(out).with_suffix(".npy"), scores)
    Path(out).write_text(
        json.dumps({"program": program, "version": version(program), "samples": samples, **facts})
    )


def measure(program: str, samples: int, genes: int, threads: int, folder: Path) -> tuple[dict[str, Any], Any]:
    """Run :func:`child` in a process of its own."""
    import numpy as np

    out = folder / f"{program}_{samples}.json"
    limits = dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "RAYON_NUM_THREADS",
            "NUMBA_NUM_THREADS",
        ),
        str(threads),
    )
    command = [sys.executable, __file__, "--child", program, "--samples", str(samples), "--genes", str(genes),
        "--threads", str(threads), "--json", str(out)]  # fmt: skip
    subprocess.run(command, check=True, env={**os.environ, **limits}, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text()), np.load(out.with_suffix(".npy"))


def compare(samples: int, genes: int, threads: int, folder: Path) -> dict[str, Any]:
    """Both programs at one size, with the ratio of their costs and how far their scores are apart."""
    import numpy as np
    from scipy.stats import spearmanr

    rows, scores = {}, {}
    for program in PROGRAMS:
        rows[program], scores[program] = measure(program, samples, genes, threads, folder)
    ours, theirs = scores["ifnsig"], scores["gseapy"]
    ratio = {
        kind: round(rows["gseapy"]["call"][kind] / rows["ifnsig"]["call"][kind], 1)
        for kind in ("cpu", "wall")
    }
    row = {
        "samples": samples, "genes": genes, "sets": len(SIZES), "threads": threads, "programs": rows, "ratio": ratio,
        "largest difference": float(np.abs(ours - theirs).max()),
        "spearman": float(min(spearmanr(a, b)[0] for a, b in zip(ours.T, theirs.T, strict=True))),
    }  # fmt: skip
    for program in PROGRAMS:
        cost = rows[program]
        print(
            f"{samples:>6} samples  {program:<7} {cost['version']:<8} call {cost['call']['cpu']:8.2f} CPU s"
            f" {cost['call']['wall']:8.2f} wall s   first {cost['first call']['cpu']:8.2f} CPU s"
            f"   import + small {cost['import and first small call']['cpu']:.2f} CPU s   +{cost['rss_rise_mb']} MB"
        )
    print(
        f"{samples:>6} samples  ratio   CPU {ratio['cpu']}x, wall {ratio['wall']}x   largest difference"
        f" {row['largest difference']:.1e}, Spearman (lowest of the sets) {row['spearman']:.5f}"
    )
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=[200, 500, 1000])
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", help="file to write")
    parser.add_argument("--child", choices=PROGRAMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.samples[0], given.genes, given.threads, given.json)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [compare(n, given.genes, given.threads, Path(folder)) for n in given.samples]
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
