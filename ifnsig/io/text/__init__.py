"""Bytes to clean text to columns: packing, encoding, delimiter, header, numbers, workbooks. May import ``files``."""
