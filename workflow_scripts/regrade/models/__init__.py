"""Networks of torch modules from the words of a recipe, and what can be measured on them.

It runs where there is neither pydantic nor Snakemake: a recipe is any nest of attributes.
"""
