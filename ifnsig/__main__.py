"""``python -m ifnsig``, and the ``ifnsig`` command."""

import os
import signal


def main() -> None:
    """Start the command line; until it listens, Ctrl-C ends the program as it ends any.

    Python would raise KeyboardInterrupt in the middle of the imports, where whoever catches everything swallows it.
    Threads of linear algebra wait for each other where matrices are small, as they are here: one is a quarter sooner done.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main as work

    work()


if __name__ == "__main__":
    main()
