"""What results were made from: fingerprints of recipes and of the code that can change numbers.

Comments, docstrings and formatting do not count, so that editing them trains nothing anew; nor does
the version of Python. Code counts where it is imported, however far down.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from regrade.code_use import DECLARATIONS, OF_THE_DATA, READS, USED_BY, WITHOUT_INFLUENCE
from regrade.layout import PROVENANCE

PACKAGE = Path(__file__).parent

TRAINING = ("training/replicate.py", "training/cores.py", "training/request.py")
MEASURING = ("measuring/study.py",)
PREPARING = ("data/prepare.py",)
GRADING = ("grading/tables.py", "grading/basis.py")
DRAWING = ("report/figures/draw.py",)
REPORTING = ("report/pages.py",)
EXPORTING = ("exports/write.py",)
"""The modules that jobs call; with all that these import, they make the results."""

_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)


def canonical_json(content: object) -> str:
    """Return content as JSON with sorted keys and no spaces: what is equal has the same text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def recipe_hash(recipe_json: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a recipe's canonical JSON."""
    return hashlib.sha256(recipe_json.encode()).hexdigest()[:16]


def is_result_of(replicate: Path, recipe_json: str, budget: Mapping[str, object]) -> bool:
    """Whether the folder of a replicate holds a result of this recipe with this budget."""
    try:
        provenance = json.loads((replicate / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = {"recipe_hash": recipe_hash(recipe_json), "budget": dict(budget)}
    return isinstance(provenance, dict) and wanted.items() <= provenance.items()


@cache
def numerics_fingerprint(recipe_json: str, *modules: str) -> str:
    """Return 16 hexadecimal digits that change with the code that can change a recipe's numbers.

    Parameters
    ----------
    recipe_json
        The recipe as canonical JSON: modules of words that it lacks do not count.
    modules
        What makes the numbers, such as `MEASURING`; training where nothing is named.
    """
    without = _unused(recipe_json) if modules else _unused(recipe_json) | OF_THE_DATA
    return code_fingerprint(*(modules or TRAINING), without=without)


def _unused(recipe_json: str) -> frozenset[str]:
    """Return the modules of words that a recipe lacks, and those that it speaks for in full."""
    return DECLARATIONS | frozenset(
        name
        for name, words in USED_BY.items()
        if not any(f'"kind":"{word}"' in recipe_json for word in words)
    )


def module_fingerprints(recipe_json: str) -> dict[str, str]:
    """Return eight hexadecimal digits for each module that can change a recipe's numbers."""
    counted = imported(TRAINING) - WITHOUT_INFLUENCE - _unused(recipe_json) - OF_THE_DATA
    return {name: _short(meaning(_source(name))) for name in sorted(counted)}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def data_fingerprint(source: str) -> str:
    """Return 16 hexadecimal digits that change with the code that makes data of a source."""
    kind = source if source in READS.values() else "npz"
    unused = {name for name, of in READS.items() if of != kind}
    return code_fingerprint(*PREPARING, without=frozenset(unused))


@cache
def code_fingerprint(*modules: str, without: frozenset[str] = frozenset()) -> str:
    """Return 16 hexadecimal digits that change with these modules and all that they import."""
    digest = hashlib.sha256()
    for name in sorted(imported(modules) - WITHOUT_INFLUENCE - without):
        digest.update(f"{name}\n{meaning(_source(name))}\n".encode())
    return digest.hexdigest()[:16]


def imported(modules: Iterable[str]) -> set[str]:
    """Return the modules of this package that these import, directly or not, and themselves."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [file for dotted in _imports(_source(name)) for file in _files(dotted)]
    return found


def _source(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def _imports(source: str) -> frozenset[str]:
    """Return the dotted names that a module imports, within functions too."""
    nodes = _that_run(_parsed(source))
    return frozenset(dotted for node in nodes for dotted in _imported_by(node))


def _that_run(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through the statements of a tree, but not through what only type checkers see."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _STATEMENTS) and not _is_for_type_checkers(child):
            yield from _that_run(child)


def _is_for_type_checkers(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _files(dotted: str) -> list[str]:
    """Return the file of a module of this package; none for other packages, classes, functions."""
    package, *parts = dotted.split(".")
    if package != PACKAGE.name:
        return []
    place = "/".join(parts)
    names = [f"{place}/__init__.py".lstrip("/"), f"{place}.py"]
    return [name for name in names if (PACKAGE / name).is_file()]


@cache
def meaning(source: str) -> str:
    """Return the syntax tree of a module without docstrings, as text that no Python writes another.

    `ast.dump` differs between versions of Python, which add fields and leave out empty ones.
    """
    return _written(_parsed(source))


def _written(node: object) -> str:
    if isinstance(node, list):
        return f"[{','.join(_written(part) for part in node if not _is_text(part))}]"
    if isinstance(node, ast.JoinedStr):
        # Some versions put empty texts between the parts of an f-string.
        parts = [part for part in node.values if _value(part) != ""]
        return f"JoinedStr({_written(parts)})"
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={_written(value)}"
            for name in node._fields
            if (value := getattr(node, name, None)) is not None and value != []
        ]
        return f"{type(node).__name__}({','.join(fields)})"
    # What can be printed differs between versions of Unicode.
    return ascii(node)


def _value(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(_value(node.value), str)
