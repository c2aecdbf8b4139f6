"""Measurements that are no tests: speed, accuracy, calibration."""
