"""What child processes of the lake tests do, and how they are started. No assertions."""

import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection

from resources.delta_table import LakeTable
from tests.resources.samples import numbers

# Children of a server that has imported everything start in milliseconds, and unlike children of a plain fork
# they inherit no threads, locks or sockets of the test process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "pandas", "s3fs", "deltalake", "botocore.session", __name__])

PARTS = 4


def day_rows(content: int) -> list[int]:
    return [content * 10 + part for part in range(PARTS) for _ in range(50)]


def write_day(table: LakeTable, day: Mapping[str, str], content: int, attempt: str) -> int:
    parts = [
        table.write_part(numbers(*[content * 10 + part] * 50), day, f"{attempt}-{part}")
        for part in range(PARTS)
    ]
    return table.commit(parts, day, numbers().schema, {"content": str(content)})


def write_days(table: LakeTable, writer: int, days: list[str], environment: Mapping[str, str]) -> list[int]:
    os.environ.update(environment)
    return [write_day(table, {"date": day}, writer, f"w{writer}") for day in days]


def write_concurrently(
    table: LakeTable, days: Mapping[int, list[str]], environment: Mapping[str, str]
) -> list[int]:
    """Run one process for each writer; the versions of all commits."""
    with ProcessPoolExecutor(len(days), mp_context=PROCESSES) as pool:
        futures = [pool.submit(write_days, table, writer, mine, environment) for writer, mine in days.items()]
        return [version for future in futures for version in future.result(120)]


def write_day_aloud(
    table: LakeTable, day: Mapping[str, str], content: int, attempt: str, phases: Connection
) -> None:
    """Write a day and tell each step before it begins, so that a killer can choose its moment."""
    parts = []
    for number in range(PARTS):
        phases.send(number)
        parts.append(table.write_part(numbers(*[content * 10 + number] * 50), day, f"{attempt}-{number}"))
    phases.send(PARTS)
    table.commit(parts, day, numbers().schema, {"content": str(content)})
    phases.send(PARTS + 1)
