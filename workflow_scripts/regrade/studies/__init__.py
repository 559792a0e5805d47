"""Study files: their schema, loading, cost arithmetic and the grid they span.

This room imports nothing of ours, and neither torch, numpy nor pandas, so that Snakemake can
read every study in a fraction of a second.
"""
