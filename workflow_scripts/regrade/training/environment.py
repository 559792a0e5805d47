"""Settings that a training process must find in its environment when it starts.

glibc returns large freed blocks to the system by default, and every step faults them in again;
keeping them made small networks 1.3 to 1.5 times as fast and changed no bit.
"""

import os
import sys

SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(4 * 2**30),
    "MALLOC_TRIM_THRESHOLD_": str(8 * 2**30),
    "MALLOC_TOP_PAD_": str(128 * 2**20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


def missing_settings() -> dict[str, str]:
    """Return the settings that the environment lacks; the user's own stand."""
    return {name: value for name, value in SETTINGS.items() if name not in os.environ}


def restart_with_settings() -> None:
    """Start this very command again with the settings, unless it has them."""
    missing = missing_settings()
    if missing:
        os.environ.update(missing)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
