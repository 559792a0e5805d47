"""Rule collect_tables: put the tables of all studies together.

Inputs and outputs: `numbers`, `claims`, `complexity`, `errata`, `checks`, `agreement`; a file a
study in, one out.

By hand, from tables that are there: `python -m regrade collect`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade import layout
from regrade.errors import exit_on_user_error
from regrade.grading.tables import collect, write_table
from regrade.logs import log_to

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Collect each table."""
    for name in layout.TABLES:
        parts = [Path(part) for part in snakemake.input[name]]
        write_table(collect(parts), Path(snakemake.output[name]))


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
