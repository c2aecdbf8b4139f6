"""``python -m ifnsig``."""

from .cli import main

main()
