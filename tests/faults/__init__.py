"""Faults done to training and workflow: kills, damage, full disks, doubled calls.

`python -m tests.faults` (`make faults`) does all of them many times and prints a table;
`test_faults.py` does each a few times.
"""
