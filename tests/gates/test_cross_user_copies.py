"""The gate ``cross_user_copies``."""

from itertools import groupby
from typing import Any, ClassVar

import pandas as pd
import pytest

from aug_assets.gates import cross_user_copies
from tests import sessions_data
from tests.conformance import sequence_gates
from tests.conformance.sequence_gates import SequenceGateConformance, of_items

LONG = [f"item-x{n}" for n in range(10)]  # the visit of the last user
TWIN = [f"item-y{n}" for n in range(10)]  # of the 20th, who comes twice: the 21st is the same user
BOTH = [f"item-z{n}" for n in range(8)]  # of the 4th and, with one more, of the 22nd


class TestConformance(SequenceGateConformance):
    gate = "cross_user_copies"
    planted: ClassVar = {
        "other_users_session": lambda row: of_items(row, LONG),
        "other_users_session/within": lambda row: of_items(row, ["item-00", *LONG, "item-01"]),
        "other_users_session/nearly": lambda row: of_items(row, ["item-00", *LONG[1:]]),
    }
    fine: ClassVar = [  # of the last five parents: 19 to 23
        lambda row: of_items(row, LONG[:7]),
        lambda row: of_items(row, TWIN),
        lambda row: of_items(row, TWIN[:9]),
        lambda row: of_items(row, BOTH),
        lambda row: of_items(row, LONG[1:]),
    ]

    def real_rows(self) -> pd.DataFrame:
        rows: list[dict[str, Any]] = sequence_gates.as_rows(super().real_rows())
        rows[-1] |= of_items(rows[-1], LONG)
        rows[20] |= of_items(rows[20], TWIN)
        rows[21] |= {"user_id": rows[20]["user_id"]}
        rows[4] |= of_items(rows[4], BOTH)
        rows[22] |= of_items(rows[22], [*BOTH, "item-00"])
        return sequence_gates.as_frame(rows)

    def test_a_session_that_is_split_in_two_users_is_found_from_each(self) -> None:
        rows = self._made([lambda row: of_items(row, BOTH)] * 23)
        bad = self.observe(rows).failures["other_users_session"]
        assert bad.tolist() == [n not in (4, 22) for n in range(23)]

    def test_parts_of_any_size_find_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = self.observe(self.defective()).failures["other_users_session"]
        monkeypatch.setattr(cross_user_copies, "_PAIRS", 3)
        assert (self.observe(self.defective()).failures["other_users_session"] == whole).all()

    @pytest.mark.parametrize("at_once", [5, 2_000_000])
    def test_as_by_comparing_all_with_all(self, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cross_user_copies, "_PAIRS", at_once)
        rows = sessions_data.frame(60, seed=5, events=(3, 9))
        real = self.real()
        params = self.params.model_copy(update={"run": 1, "threshold": 0.5, "min_items": 4})
        seen = self.cls.observe(real, params, self.batch(rows.assign(place=[n % 24 for n in range(60)])))
        known = sessions_data.lists(real.rows, "item_id")
        users = list(real.rows["user_id"])
        expected = []
        for n, items in enumerate(sessions_data.lists(rows, "item_id")):
            parent, hit = n % 24, False
            for other, its in enumerate(known):
                if users[other] == users[parent] or sum(1 for _ in groupby(its)) < 4:
                    continue
                need = -(-len(set(its)) // 2)
                hit |= len(set(its) & set(items)) >= need > len(set(its) & set(known[parent]))
            expected.append(hit)
        assert 5 < sum(expected) < 55
        assert seen.failures["other_users_session"].tolist() == expected
