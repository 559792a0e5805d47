"""Speed of the trainer and the workflow, as ratios that are measured side by side.

    python -m benchmarks                 # everything
    python -m benchmarks augmentation    # one group

README.md says what each measure is.
"""
