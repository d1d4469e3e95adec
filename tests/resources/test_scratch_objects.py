"""Objects for workers: they come back equal, and outlive their file while they are held."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from resources.lake import LakeResource
from resources.scratch_objects import get_object, put_object


def test_objects_come_back_equal(lake: LakeResource) -> None:
    scratch = lake.scratch("run")
    table = pa.table({"n": np.arange(3000), "bytes": [b"x" * 9000] * 3000})
    words = pd.Series(["a", None] * 3000, dtype=pd.StringDtype("pyarrow"))
    value = {
        "table": table,
        "part": table.slice(7, 9),
        "array": np.arange(3000),
        "words": words,
        "small": {"a": 1},
    }
    put_object(scratch, "first", b"")
    put_object(scratch, "value", value)
    found = get_object(scratch, "value")
    scratch.cleanup()
    assert found["table"] == table, "it is held still, though the file is gone"
    assert found["part"] == value["part"]
    assert found["small"] == {"a": 1}
    pd.testing.assert_series_equal(found["words"], words)
    np.testing.assert_array_equal(found["array"], value["array"])
    found["array"][0] = 1  # numpy's own are copies, for operators may write on them


def test_what_was_never_written_is_a_typed_error(lake: LakeResource) -> None:
    with pytest.raises(Exception, match="read"):
        get_object(lake.scratch("run"), "nothing")
