"""Benchmarks for asv: the cost of every method and signature of the catalogues over the history, and parity.

pip install asv virtualenv
asv run --config benchmarks/asv.conf.json            # the newest commit, in an environment of its own
asv run --config benchmarks/asv.conf.json --quick --python=same
"""
