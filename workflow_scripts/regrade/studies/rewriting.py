"""Writing the references of an expression anew: another variant, another attribute."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace

from regrade.studies.expressions import Reference, reference
from regrade.studies.study import Study


def attribute(of: Reference, name: str) -> ast.expr:
    """Write a reference to an attribute of the run (and variant) of another reference."""
    owner: ast.expr = ast.Name(of.run, ast.Load())
    if of.variant:
        owner = ast.Attribute(owner, of.variant.replace("-", "_"), ast.Load())
    return ast.Attribute(owner, name, ast.Load())


class _Rewriter(ast.NodeTransformer):
    def __init__(self, change: Callable[[Reference], Reference]) -> None:
        self.change = change

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        found = reference(node)
        if found is None:
            return node
        changed = self.change(found)
        return attribute(changed, changed.name)


def rewrite(node: ast.expr, change: Callable[[Reference], Reference]) -> ast.expr:
    """Return an expression with every reference changed."""
    return _Rewriter(change).visit(copy.deepcopy(node))


def as_told(node: ast.expr, study: Study) -> ast.expr:
    """Read every reference that names no variant as the text of the report does."""

    def told(wanted: Reference) -> Reference:
        has_text = "as-told" in study.runs[wanted.run].variants
        return replace(wanted, variant="as-told") if has_text and not wanted.variant else wanted

    return rewrite(node, told)
