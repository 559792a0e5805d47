"""The trainer: from a resolved recipe and a seed to the files of a replicate.

Runs from plain Python with torch, numpy and safetensors, and knows nothing of Snakemake.
"""
