"""Compiling kernels, and keeping what was compiled for the jobs that follow."""

from __future__ import annotations

from collections.abc import Callable

import numba

_told: list[str] = []


def compiled(function: Callable) -> Callable:
    """Compile a function at its first call; keep it beside its source or in the user's cache.

    Where neither folder can be written, it is compiled anew in every process, and that is told
    once.
    """
    try:
        return numba.njit(cache=True, nogil=True, boundscheck=False)(function)
    except RuntimeError as error:
        if not _told:
            _told.append(str(error))
            print(
                "no folder for compiled kernels can be written, so that every job compiles them"
                " anew: set XDG_CACHE_HOME to a folder that can",
                flush=True,
            )
        return numba.njit(nogil=True, boundscheck=False)(function)
