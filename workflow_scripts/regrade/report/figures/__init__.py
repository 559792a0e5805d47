"""The figures of a report: what is measured beside what is published."""
