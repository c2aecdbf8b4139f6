"""``python -m ifnsig``, and the ``ifnsig`` command."""

import signal


def main() -> None:
    """Start the command line; until it listens, Ctrl-C ends the program as it ends any.

    Python would raise KeyboardInterrupt in the middle of the imports, where whoever catches everything swallows it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main as work

    work()


if __name__ == "__main__":
    main()
