"""What of a module's code counts in fingerprints: neither remarks nor the version of Python."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

from regrade import fingerprint
from regrade.fingerprint import (
    REPORTING,
    TRAINING,
    code_fingerprint,
    meaning,
)

PACKAGE = Path(fingerprint.__file__).parent


SOURCE = '''
"""A module."""
import math

def area(radius):
    """Give an area."""
    # as everyone knows
    return math.pi * radius ** 2
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another description."""'),
        ('"""A module."""', ""),
        ('    """Give an area."""\n', ""),
        ('"""Give an area."""', '"""Give an area.\n\n    In square metres.\n    """'),
        ("    # as everyone knows\n", ""),
        ("# as everyone knows", "# or most do"),
        ("radius ** 2", "(radius**2)"),
        ("import math\n", "import math\n\n\n"),
    ],
)
def test_comments_docstrings_and_formatting_mean_nothing(old: str, new: str) -> None:
    assert meaning(SOURCE.replace(old, new)) == meaning(SOURCE) != meaning("")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("radius ** 2", "radius ** 3"),
        ("math.pi * radius ** 2", "radius ** 2 * math.pi"),
        ("(radius)", "(radius=1)"),
        ("return math", 'return "text" and math'),
        ("import math", "import numpy as math"),
    ],
)
def test_code_means_something(old: str, new: str) -> None:
    assert meaning(SOURCE.replace(old, new)) != meaning(SOURCE)


EVERY_SYNTAX = r'''
from __future__ import annotations
import os as system, sys
from math import pi, tau as circle

@decorated(1, key=None)
class Shape(Base, metaclass=Kind):
    """Goes."""
    sides: int = 4
    name: str
    def area(self, /, a, b=2.5e-3, *rest: int, c, d=1j, **more) -> float:
        """Goes too."""
        global COUNT
        nonlocal_, [first, *others], target.attribute[1:2, ::3, ...] = a, b, c
        return lambda x, *y, z=0: x if x is not None else -y[~z]

async def loop(items):
    async with open(items) as (a, b), lock:
        async for item in items:
            await item
            yield (x async for x in item if x if not x)
    return [x for x in y], {x: y for x, y in z}, {*a, *b}, {**a, "b": b"bytes"}

def text(name, width):
    plain = f"{name}" f'{name!r:>{width}}' "tail" f"{{}}{name:}" f"{name=}"
    plain += f"{name:{width}.{width}f}"
    return plain + 'na\\xefve \\u2028 \u00e9\u4e2d' "joined" r"raw\d" + u"old"

def control(n):
    while (m := n - 1) > 0 < n <= m != 3 and n in (1,) or not n:
        if n: break
        elif m: continue
        else: pass
    else:
        del n, m
    try:
        assert n, "message"
        raise Error from None
    except (A, B) as error:
        x += 1; x -= 1; x *= 2; x /= 2; x //= 2; x %= 2; x **= 2; x @= 2; x |= 1; x &= 1; x ^= 1
    except* C:
        x = 1 << 2 >> 3
    else:
        yield from ()
    finally:
        with a: ...
    match n:
        case {"key": [1, *_], **rest} if rest: return True
        case Shape(sides=4) | None | -1: return 10**30
        case other: print(*other, sep="", **rest)
'''.replace("    except* C:\n        x = 1 << 2 >> 3\n", "")


def test_the_same_code_has_the_same_fingerprint_under_every_version_of_python() -> None:
    """An upgrade trains nothing anew: this one was taken under 3.11, 3.12 and 3.13."""
    assert hashlib.sha256(meaning(EVERY_SYNTAX).encode()).hexdigest()[:16] == "8c7c51ec5d203730"


def test_other_pythons_that_are_at_hand_give_the_same_fingerprint() -> None:
    program = "from regrade.fingerprint import *; print(code_fingerprint(*TRAINING, *REPORTING))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    pythons = sorted(Path.home().glob(".pyenv/versions/3.1[1-9].*/bin/python"))
    pythons += [Path(found) for name in ("python3.12", "python3.13") if (found := which(name))]
    found = set()
    for python in pythons:
        command = [str(python), "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        found |= {done.stdout.strip()} if done.returncode == 0 else set()
    if not found:
        pytest.skip("there is no other Python here")
    assert found == {code_fingerprint(*TRAINING, *REPORTING)}
