"""A run that is stopped at any moment leaves the old results or the new ones, whole, and ends with a non-zero code."""

from __future__ import annotations

import importlib.util
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def script(name: str) -> ModuleType:
    about = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert about is not None
    assert about.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


fuzz = script("fuzz_interrupted")


@pytest.fixture(autouse=True)
def signals_are_heard() -> Iterator[None]:
    """Also where the tests run under nohup or behind a shell's &: programs inherit what is ignored."""
    asking = (signal.SIGHUP, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in asking}
    for number in asking:
        if before[number] is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, action in before.items():
        signal.signal(number, action)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return fuzz.prepared(tmp_path)  # type: ignore[no-any-return]


def start(home: Path, **more: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ifnsig", "run", str(home / "study.toml")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)  # type: ignore[call-overload]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_the_code_is_that_of_the_signal_even_where_the_interpreter_cannot_end_in_order(
    number: signal.Signals,
) -> None:
    """A library that is half loaded may abort when it is wound up: here one that always does."""
    code = (
        "import atexit, os, sys, ifnsig.cli as cli; atexit.register(os.abort);"
        f"cli.app = lambda args: os.kill(os.getpid(), {int(number)}); cli.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr.startswith(f"ifnsig: error: stopped by signal {int(number)}")
    assert len(done.stderr.splitlines()) == 1


def test_a_run_that_is_stopped_leaves_the_old_folder_or_the_new_one(tmp_path: Path) -> None:
    """A few random moments; ``make fuzz`` has 200."""
    stops = fuzz.stop_at_random(fuzz.prepared(tmp_path), 4, seed=1)
    assert stops.faults == []
    assert sum(stops.ends.values()) == 4


MARK = "import os, signal, sys, time, ifnsig.cli as cli\n"
SWALLOWING = {
    "ctypes": (
        "import ctypes\n"
        "kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\n"
        "def compare(a, b):\n    {once}\n    return 0\n"
        "def work(args):\n"
        "    ctypes.CDLL(None).qsort((ctypes.c_int * 8)(), 8, 4, kind(compare))\n    {wait}\n"
    ),
    "__del__": "class Gone:\n    def __del__(self): {once}\ndef work(args):\n    Gone()\n    {wait}\n",
    "weakref": (
        "import weakref\nclass Gone: pass\n"
        "def work(args):\n    gone = Gone()\n    kept = weakref.ref(gone, lambda ref: {call})\n    del gone\n    {wait}\n"
    ),
    "except": "def work(args):\n    try:\n        {once}\n    except BaseException: pass\n    {wait}\n",
    "the very end": "class Gone:\n    def __del__(self): {once}\ndef work(args):\n    Gone()\n",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
@pytest.mark.parametrize("where", SWALLOWING)
def test_a_signal_that_falls_where_nothing_can_be_raised_stops_the_run(
    where: str, number: signal.Signals
) -> None:
    """Python ignores an exception there; so does code that catches everything."""
    call = f"os.kill(os.getpid(), {int(number)})"
    words = {"once": f"seen or (seen.append(1), {call})", "call": call, "wait": "time.sleep(60)"}
    code = f"{MARK}seen = []\n{SWALLOWING[where].format(**words)}cli.app = work\ncli.main([])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 128 + number, done.stderr
    assert done.stderr == f"ifnsig: error: stopped by signal {int(number)}; no file was written or changed\n"


def test_a_second_signal_does_not_wait() -> None:
    code = (
        f"{MARK}import threading\n"
        "def work(args):\n"
        "    try: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    finally:\n        os.kill(os.getpid(), signal.SIGINT)\n        time.sleep(60)\n"
        "cli.app = work\ncli.main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.returncode, done.stderr) == (
        130,
        "ifnsig: error: stopped at once by signal 2; the next run clears up\n",
    )


def test_the_clearing_away_is_not_disturbed_by_the_alarm() -> None:
    code = (
        f"{MARK}"
        "def work(args):\n"
        "    try: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    finally:\n        time.sleep(0.5)\n        sys.stderr.write('cleared\\n')\n"
        "cli.app = work\ncli.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 143
    assert done.stderr.startswith("cleared\nifnsig: error: stopped by signal 15")


def test_nohup_is_kept() -> None:
    code = f"{MARK}cli.app = lambda args: (os.kill(os.getpid(), signal.SIGHUP), print('done'))\ncli.main([])"
    done = subprocess.run(
        ["sh", "-c", 'trap "" HUP; exec "$0" -c "$1"', sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n")


@pytest.mark.parametrize(
    ("writes", "said"),
    [
        (
            "with whole_folder('results') as folder: (folder / 'x').touch()",
            "the results are complete in results",
        ),
        ("with replacing('x.tsv') as file: file.write_text('x')", "the results are complete in x.tsv"),
        ("pass", "no file was written or changed"),
    ],
)
def test_what_is_in_its_place_is_told(writes: str, said: str, tmp_path: Path) -> None:
    code = (
        f"{MARK}from ifnsig.io.files._replace import replacing\nfrom ifnsig.study.record.folder import whole_folder\n"
        f"def work(args):\n    {writes}\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        "cli.app = work\ncli.main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 143
    assert done.stderr.splitlines()[-1] == f"ifnsig: error: stopped by signal 15; {said}"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("MemoryError()", "there is not enough memory; no file was written or changed"),
        (
            "MemoryError('Unable to allocate 9 TiB')",
            "there is not enough memory: Unable to allocate 9 TiB; no file",
        ),
        ("OSError(28, 'No space left on device', 'x.tsv')", "[Errno 28] No space left on device: 'x.tsv'"),
        ("OSError(122, 'Disk quota exceeded', 'x.tsv')", "[Errno 122] Disk quota exceeded: 'x.tsv'"),
    ],
)
def test_no_memory_and_no_room_are_one_line(raised: str, said: str) -> None:
    code = f"import ifnsig.cli as cli\ndef work(args): raise {raised}\ncli.app = work\ncli.main([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"ifnsig: error: {said}")
    assert len(done.stderr.splitlines()) == 1


LETTERS = "print('Größe µ \\udcff'); cli._say('Größe µ \\udcff')"


@pytest.mark.parametrize(
    ("around", "encoding", "code", "out", "err"),
    [
        ("", "utf-8", 0, "Größe µ ".encode() + b"\xff\n", "Größe µ \\udcff"),
        ("", "ascii", 0, "Größe µ ".encode() + b"\xff\n", "Größe µ \\udcff"),
        ("", "latin-1", 0, "Größe µ ".encode("latin-1") + b"\xff\n", "Gr"),
        ("2>&-", "utf-8", 0, "Größe µ ".encode() + b"\xff\n", ""),
        ("2>/dev/full", "utf-8", 0, "Größe µ ".encode() + b"\xff\n", ""),
        (">&-", "utf-8", 1, b"", "Bad file descriptor"),
        (">/dev/full", "utf-8", 1, b"", "No space left"),
        ("<&-", "utf-8", 0, "Größe µ ".encode() + b"\xff\n", "Größe µ \\udcff"),
    ],
)
def test_streams_that_are_gone_or_lack_letters_give_no_traceback(
    around: str, encoding: str, code: int, out: bytes, err: str
) -> None:
    words = f"import ifnsig.cli as cli\ndef work(args): {LETTERS}\ncli.app = work\ncli.main([])"
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {around}', sys.executable, words], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, out), done.stderr
    assert err in done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stderr


def test_a_letter_that_stdout_lacks_is_one_line() -> None:
    words = "import ifnsig.cli as cli\ndef work(args): print('≤')\ncli.app = work\ncli.main([])"
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert done.returncode == 1
    assert b"cannot be written in latin-1: name a file with --output" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_disk_that_is_full_leaves_the_old_folder(home: Path) -> None:
    with start(home) as first:
        first.communicate()
    old = fuzz.content(home)

    def little_room() -> None:  # files past 64 kB cannot be written: scored.h5ad and report.html are larger
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    with start(home, preexec_fn=little_room) as running:
        said = running.communicate()[1].decode()
    assert running.returncode == 1, said
    assert fuzz.content(home) == old
    assert said.splitlines()[-1].startswith("ifnsig: error: [Errno 27] File too large"), said
    assert "Traceback" not in said
    assert {path.name for path in home.iterdir()} == {"counts.tsv.gz", "samples.tsv", "study.toml", "results"}
