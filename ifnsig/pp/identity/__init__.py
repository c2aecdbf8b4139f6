"""Which gene is it: names to current symbols, probes, doubled names, coverage of signatures, reduced sets."""
