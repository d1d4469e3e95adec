"""A disk that fills up, for real: a tiny file system, and where that takes rights, a process limit."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from aug_assets.errors import LakeFullError
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests.resources.samples import DAY, numbers
from tests.resources.writers import PROCESSES


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def noise(count: int) -> pa.Table:
    return pa.table({"n": pa.array(list(os.urandom(count))).cast(pa.int64()), "b": [os.urandom(8)] * count})


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_part_that_does_not_fit_leaves_nothing(small_disk: Path) -> None:
    table = LakeResource(uri=str(small_disk)).table("t", "d", "s")
    version = table.commit([table.write_part(numbers(1), DAY, "a")], DAY, numbers().schema, {})
    before = files(small_disk)
    with pytest.raises(LakeFullError, match="nothing was published") as caught:
        table.write_part(pa.table({"n": [os.urandom(600_000)]}), DAY, "b")
    assert not caught.value.transient
    assert files(small_disk) == before
    assert table.version() == version
    assert table.read(DAY)["n"].to_pylist() == [1]


def test_a_commit_that_does_not_fit_publishes_nothing(small_disk: Path) -> None:
    table = LakeResource(uri=str(small_disk)).table("t", "d", "s")
    version = table.commit([table.write_part(numbers(1), DAY, "a")], DAY, numbers().schema, {})
    part = table.write_part(numbers(2), DAY, "b")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    with pytest.raises(LakeFullError):
        table.commit([part], DAY, numbers().schema, {})
    assert table.version() == version
    assert table.read(DAY)["n"].to_pylist() == [1]
    filler.unlink()
    table.commit([part], DAY, numbers().schema, {})
    assert table.read(DAY)["n"].to_pylist() == [2]


def write_under_a_limit(table: LakeTable, answers) -> None:
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        table.write_part(pa.table({"n": [os.urandom(300_000)]}), DAY, "b")
    except Exception as error:
        answers.send(error)
    else:
        answers.send(None)


def test_a_limit_on_file_size_is_a_full_disk(tmp_path: Path) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    answers, theirs = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=write_under_a_limit, args=(table, theirs))
    child.start()
    theirs.close()
    error = answers.recv()
    child.join()
    answers.close()
    assert isinstance(error, LakeFullError)
    assert files(tmp_path) == set()
