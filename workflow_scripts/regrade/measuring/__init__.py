"""Networks measured without training: counts, layers, shapes and initial losses."""
