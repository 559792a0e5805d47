"""Faults inside a process: Python imports this before anything else, wherever it can find it.

`REGRADE_FAULT` says which:

* `count-writes:FILE` appends the number of file operations on results to a file at the end;
* `kill-at-write:N` ends the process at its N-th file operation on results, as SIGKILL does;
* `jumping-clock` lets the wall clock jump by up to a day, back and forth, whenever it is asked.
"""

import atexit
import os
import signal
import sys
import time

WRITES = ("os.rename", "os.remove", "os.mkdir", "os.link")
WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT
JUMPS = (0.0, 86_400.0, -86_400.0, 3_600.0, -0.5)
written = 0


def _is_write(event: str, arguments: tuple) -> bool:
    if event == "open":
        path, _, flags = arguments
        return isinstance(path, str | bytes) and bool(flags & WRITE_FLAGS) and _is_result(path)
    return event in WRITES and _is_result(arguments[0])


def _is_result(path: object) -> bool:
    return f"{os.sep}results{os.sep}" in os.path.abspath(os.fsdecode(path))


def _count(event: str, arguments: tuple) -> None:
    global written
    if (event == "open" or event in WRITES) and _is_write(event, arguments):
        written += 1


def _kill_at(last: int) -> None:
    def watch(event: str, arguments: tuple) -> None:
        _count(event, arguments)
        if written >= last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _count_into(path: str) -> None:
    def tell() -> None:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{written}\n")

    sys.addaudithook(_count)
    atexit.register(tell)


def _jump() -> None:
    true_time = time.time
    asked = 0

    def jumping_time() -> float:
        nonlocal asked
        asked += 1
        return true_time() + JUMPS[asked % len(JUMPS)]

    time.time = jumping_time


kind, _, value = os.environ.get("REGRADE_FAULT", "").partition(":")
if kind == "count-writes":
    _count_into(value)
elif kind == "kill-at-write":
    _kill_at(int(value))
elif kind == "jumping-clock":
    _jump()
elif kind:
    raise SystemExit(f"REGRADE_FAULT: unknown fault {kind!r}")
