"""The parent's side: one process a contender, asked to run again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from ..methods import METHODS
from ..parsing import json_of
from .contenders import CONTENDERS
from .data import gene_names, make_signatures, matrix_file
from .peers import R_SCRIPT

THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip


class WorkerError(RuntimeError):
    """A contender could not do the work; the message is its own."""


class Worker:
    """A process with its matrix loaded, for one peer, or for ours and the floor. As a context, it ends with it."""

    def __init__(
        self, contender: str, shape: str, n: int, genes: int, sizes: tuple[int, ...], *, threads: int, disk: bool = False
    ) -> None:  # fmt: skip
        self.contender, self.genes = CONTENDERS[contender], genes
        self._shape, self._n, self._sizes = shape, n, sizes
        self._folder = tempfile.TemporaryDirectory(prefix="ifnsig-bench-")
        self._errors = (Path(self._folder.name) / "stderr").open("w+")
        limits = dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._process = subprocess.Popen(
            self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env={**os.environ, **limits, "PYTHONHASHSEED": "0"},
        )  # fmt: skip
        if self.contender.r is not None:
            self.facts = self._answer()
        else:
            self.facts = self.ask(
                "prepare", contender=contender, shape=shape, n=n, genes=genes, sizes=sizes, threads=threads, disk=disk
            )  # fmt: skip

    def _command(self) -> list[str]:
        if self.contender.r is None:
            return [sys.executable, "-m", "ifnsig.bench.child"]
        sets = make_signatures(self.genes, shape=self._shape, sizes=self._sizes)
        file = Path(self._folder.name) / "sets.tsv"
        number = {gene: str(i) for i, gene in enumerate(gene_names(self._shape, self.genes), start=1)}
        lines = ["\t".join([name, *(number[gene] for gene in genes)]) for name, genes in sets.items()]
        file.write_text("\n".join(lines) + "\n")
        matrix = matrix_file(self._shape, self._n, self.genes)
        return [
            "Rscript",
            str(R_SCRIPT),
            "run",
            self.contender.r,
            str(matrix),
            str(self._n),
            str(self.genes),
            str(file),
        ]

    def use(self, contender: str) -> None:
        """Go on with another contender of ours, or the floor, in the same process."""
        if contender != self.contender.name:
            self.contender = CONTENDERS[contender]
            self.ask("change", contender=contender)

    def warm(self) -> float:
        """Wall seconds of the first call."""
        if self.contender.r is not None:
            return float(self._say("warm 20")["wall_s"])
        return float(self.ask("warm", whole=self.contender.ours)["wall_s"])

    def run(self, rows: int | None = None, genes: int | None = None) -> dict[str, float]:
        """One timed call; of the first rows and genes with the numbers given."""
        return self._say("run") if self.contender.r is not None else self.ask("run", rows=rows, genes=genes)

    def like(self, peer: str) -> np.ndarray:
        """Scores of our method by the rules of a peer."""
        method = CONTENDERS[peer].method
        self.ask(
            "like",
            method=method,
            options=dict(CONTENDERS[peer].like),
            reference=METHODS[method].needs_reference,
        )
        return self.scores()

    def scores(self) -> np.ndarray:
        """Scores of the last call, samples x sets."""
        file = Path(self._folder.name) / "scores.npy"
        if self.contender.r is None:
            self.ask("save", file=str(file))
            return np.asarray(np.load(file))
        self._say(f"save {file}")
        return np.fromfile(file).reshape(self._n, -1)

    def ask(self, do: str, **job: Any) -> dict[str, Any]:
        """Send a job and wait for its answer."""
        return self._say(json.dumps({"do": do, **job}))

    def _say(self, line: str) -> dict[str, Any]:
        if self._process.stdin is None:
            raise WorkerError("the process has no input")
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self._last_words()) from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise WorkerError(self._last_words())
        answer: dict[str, Any] = json_of(line, name="A worker's answer")
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else f"the process ended with {self._process.returncode}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove its files."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()
        self._folder.cleanup()
