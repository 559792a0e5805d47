"""Prefetching: items are made in a background thread while others are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def prefetch(items: Iterator[Item], count: int) -> Iterator[Item]:
    """Prefetch up to `count` items in a background thread; yield them in their order."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting = deque(thread.submit(_next, items) for _ in range(count))
        while found := waiting.popleft().result():
            waiting.append(thread.submit(_next, items))
            yield found[0]


def _next(items: Iterator[Item]) -> tuple[Item] | None:
    """Return the next item, in a tuple because any item may be false; None after the last."""
    for item in items:
        return (item,)
    return None
