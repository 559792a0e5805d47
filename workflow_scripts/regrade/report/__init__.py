"""The report: figures (matplotlib) and pages (jinja2) of what was published and measured.

Nothing is computed here that decides a verdict; that is the business of `regrade.grading`.
"""
