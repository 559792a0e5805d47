"""The commands of `python -m regrade`, a module a subject."""
