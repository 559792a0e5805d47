"""Grading: what numbers and claims are worth, on the published and on the measured side.

An expression of a study file is evaluated on a source: `PublishedSource` knows what the report
says, `MeasuredSource` what one replicate gave. Everything else compares the two.
"""
