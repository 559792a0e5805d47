"""Errors that are the user's to mend, and how they are told."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """A mistake of the user's: printed as one message without a traceback."""


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """End the process with one message for mistakes, full disks and files without permission."""
    try:
        yield
    except UserError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        place = os.fspath(error.filename) if error.filename else "the results folder"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(f"error: no space left on the file system of {place}: free some and run again")
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR):
            if os.path.isfile(place) and not os.access(place, os.R_OK):
                sys.exit(f"error: {place}: cannot be read: {error.strerror}")
            sys.exit(f"error: cannot write {place}: {error.strerror}{_remedy(place)}")
        raise


def _remedy(place: str) -> str:
    """Say what helps where the home folder cannot be written, as on some clusters' nodes."""
    cache = os.path.join(os.path.expanduser("~"), ".cache")
    if os.path.commonpath([os.path.abspath(place), cache]) != cache:
        return ""
    return "; set XDG_CACHE_HOME to a folder that can be written"
