"""A headless Chromium for tests: the machine's own, or one that Debian's packages bring."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",  # as root, which containers are
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def executable() -> str:
    """Return the path of a browser, after installing one where root may and none is there.

    Skips the test, with the reason, where none can be had.
    """
    found = _installed()
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(
            f"none of {', '.join(NAMES)} is installed, and only root may install one by apt"
        )
    for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
        done = subprocess.run(
            ["apt-get", *command],
            capture_output=True,
            text=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if done.returncode:
            pytest.skip(f"chromium cannot be installed: {done.stderr.strip()[-200:]}")
    found = _installed()
    return found or pytest.skip("Debian's package chromium brought no such command")


def _installed() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Start one browser for all tests."""
    from playwright.sync_api import sync_playwright

    path = executable()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield started
        started.close()
