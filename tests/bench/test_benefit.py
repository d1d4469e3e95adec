"""The benches of benefit: what is net of duplicates, how far seeds spread, which controls there are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aug_assets.learners.text import vectors
from bench import benefit, benefit_images, benefit_sequences, benefit_table, benefit_text
from bench.benefit_table import BASE, DUPLICATE, Case
from bench.benefit_text import Texts


def case(**scores: list[float]) -> Case:
    """A case with both controls and one arm, of shares."""
    made = Case("tiny 3", "accuracy")
    for arm, found in {BASE: [0.5, 0.6, 0.7], DUPLICATE: [0.52, 0.63, 0.71], **scores}.items():
        for share in found:
            made.add(arm, share, 0 if arm == BASE else 4)
    return made


# --- arithmetic ------------------------------------------------------------------------------------------
def test_what_is_told_is_net_of_duplicates_in_pairs() -> None:
    found = case(rules=[0.55, 0.65, 0.75]).over("rules", DUPLICATE)
    assert found.mean == pytest.approx(3.0)  # 3, 2 and 4 points
    assert found.sd == pytest.approx(1.0)
    assert (found.low, found.high) == pytest.approx((3 - 2.4841, 3 + 2.4841), abs=1e-3)  # t of 2 degrees
    assert found.sure


def test_a_benefit_of_repetition_alone_is_none() -> None:
    copied = case(rules=[0.52, 0.63, 0.71])
    assert copied.over("rules", BASE).mean == pytest.approx(2.0)
    (row,) = copied.rows()
    assert (row["value"], row["met"], row["goal"]) == (0.0, False, "> 0, 95 % sure, and above base")
    assert row["name"] == "tiny 3, accuracy: rules over duplicate, points"
    assert (row["ours"], row["peer"]) == (62.0, 62.0)


def test_a_goal_is_met_only_beyond_the_spread() -> None:
    wide = case(rules=[0.52, 0.63, 0.80])
    (row,) = wide.rows()
    assert row["value"] == 3.0
    assert not row["met"]
    (sure,) = case(rules=[0.55, 0.66, 0.74]).rows()
    assert sure["met"]


def test_less_harm_than_duplicates_is_no_benefit() -> None:
    harmed = Case("tiny 3", "accuracy")
    for arm, shares in {BASE: [0.6, 0.7], DUPLICATE: [0.5, 0.6], "rules": [0.55, 0.65]}.items():
        for share in shares:
            harmed.add(arm, share)
    assert harmed.over("rules", DUPLICATE).low > 0
    assert not harmed.rows()[0]["met"]
    assert "Surely better" not in benefit_table.verdict([harmed])


def test_published_figures_are_held_against_base() -> None:
    _, row = case(EDA=[0.53, 0.63, 0.73]).rows({"EDA": ("a paper", 3.0)})
    assert row["name"] == "tiny 3, accuracy: EDA over base, points"
    assert (row["value"], row["met"], row["goal"]) == (3.0, True, ">= +3 (a paper)")


def test_a_case_without_its_controls_is_refused() -> None:
    lone = Case("tiny", "accuracy")
    lone.add(BASE, 0.5)
    lone.add("rules", 0.9)
    with pytest.raises(ValueError, match="duplicate"):
        lone.rows()
    uneven = case(rules=[0.5, 0.6])
    with pytest.raises(ValueError, match="seeds by arm"):
        uneven.markdown()


def test_one_seed_shows_no_spread() -> None:
    with pytest.raises(ValueError, match="2 seeds"):
        benefit_table.net(np.array([1.0]), np.array([0.0]))


def test_the_tables_tell_mean_spread_and_interval() -> None:
    told = case(rules=[0.55, 0.65, 0.75]).markdown()
    assert "| base | 60.0 | 10.0 |  |  |  | 0 |" in told
    assert "| duplicate | 62.0 | 9.5 | +2.0 |  |  | 4 |" in told
    assert "| rules | 65.0 | 10.0 | +5.0 | **+3.0** sd 1.0 (+0.5 .. +5.5) | 3/3 | 4 |" in told
    assert "| tiny 3, accuracy | 60.0 | **+3.0** ± 1.0 |" in benefit_table.summary(
        [case(rules=[0.55, 0.65, 0.75])]
    )


def test_the_verdict_is_plain() -> None:
    told = benefit_table.verdict(
        [case(good=[0.55, 0.65, 0.75], bad=[0.49, 0.59, 0.69], same=[0.52, 0.62, 0.72])]
    )
    assert "Surely better than duplicates, and better than base:\n\n- tiny 3, accuracy: good +3.0\n" in told
    assert "Surely worse than duplicates:\n\n- tiny 3, accuracy: bad -3.0\n" in told
    assert "Nothing" not in told
    assert benefit_table.verdict([case()]) == "**Nothing surely helps:**\n\n- tiny 3, accuracy\n"


def test_a_section_takes_the_place_of_its_elder(tmp_path: Path) -> None:
    doc = tmp_path / "doc.md"
    for title, text in (("Texts", "elder"), ("Pictures", "### one\n\nkept"), ("Texts", "new")):
        benefit_table.write(doc, title, f"## {title}\n\n{text}\n")
    told = doc.read_text("utf-8")
    assert told.startswith("# Benefit measured")
    assert "elder" not in told
    assert told.index("kept") < told.index("new")
    assert told.count("## Texts") == 1


def test_the_whole_is_all_three_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    def one(quick: bool) -> Iterator[tuple[Case, Any]]:
        assert quick
        yield case(rules=[0.55, 0.65, 0.75]), None

    for part in benefit.PARTS:
        monkeypatch.setattr(part, "measured", one)
    found = benefit.rows(quick=True)
    assert len(found) == 3
    assert all(set(row) == {"name", "ours", "peer", "value", "goal", "met"} for row in found)


@pytest.mark.parametrize("part", benefit.PARTS)
def test_absent_data_is_skipped_by_name(
    part: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FOLDER", "FILMS", "DRIVES"):
        monkeypatch.setattr(part, name, tmp_path, raising=False)
    getattr(part, "films", test_absent_data_is_skipped_by_name).__dict__.get("cache_clear", bool)()
    assert list(part.measured(False)) == []
    assert "skipped" in capsys.readouterr().err


# --- texts -----------------------------------------------------------------------------------------------
SAID = [
    f"{please} {verb} my {thing} number {n}"
    for n in range(4)
    for please in ("please", "can you")
    for verb, thing in (("block", "card"), ("send", "invoice"))
]
QUERIES = Texts(np.array(SAID, object), np.array([said.split()[-3] for said in SAID], object))


def test_every_arm_of_texts_is_there_and_gates_only_take_away() -> None:
    found = benefit_text.arms("tiny", QUERIES)
    assert list(found) == [BASE, DUPLICATE, "EDA", "AEDA", "rules", "rules + gates", "rules, no politeness"]
    assert len(found[BASE].text) == 0
    assert sorted(found[DUPLICATE].text) == sorted(SAID * 4)
    for arm in ("EDA", "AEDA", "rules", "rules, no politeness"):
        assert len(found[arm].text) == 4 * len(SAID)
        assert set(found[arm].text) - set(SAID)
    assert set(found["rules + gates"].text) <= set(found["rules"].text)


def test_gates_take_what_they_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    shout = [benefit_table.branch("rules", 4, {"operator": "random_deletion", "probability": 1.0})]
    monkeypatch.setattr(benefit_text, "chains", lambda: {"rules": shout})
    monkeypatch.setattr(benefit_text, "GATES", ("similarity",))
    plain = benefit_text.spec

    def strict(name: str, recipe: list[dict[str, Any]]) -> Any:
        body = plain(name, recipe).model_dump(by_alias=True)
        return type(plain(name, recipe)).model_validate(
            {**body, "gates": [{"gate": "similarity", "min_cosine": 1.0}]}
        )

    monkeypatch.setattr(benefit_text, "spec", strict)
    found = benefit_text.arms("tiny", QUERIES)
    assert set(found["rules + gates"].text) <= set(SAID)
    assert set(found["rules"].text) - set(SAID)


def test_texts_are_read_as_the_learner_reads_them() -> None:
    unseen = np.array(["block this card now", "an invoice, please"], object)
    code = vectors(SAID)
    seen = benefit_text.Pieces()
    ours = benefit_text.weighed(seen(QUERIES.text), [seen(unseen)])
    for mine, texts in zip(ours, (SAID, unseen), strict=True):
        theirs = code.transform(texts)
        np.testing.assert_allclose((mine @ mine.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-9)


def test_a_model_of_texts_is_judged_on_each_test_set() -> None:
    tests = [QUERIES, Texts(QUERIES.text, np.array(["nothing"] * len(SAID), object))]
    counted = [benefit_text.Pieces()(one.text) for one in tests]
    assert benefit_text.accuracies({BASE: QUERIES}, tests, counted) == {BASE: [1.0, 0.0]}


def test_typos_leave_short_words_and_most_letters() -> None:
    found = benefit_text.mistyped(QUERIES, 1, chance=1.0)
    again = benefit_text.mistyped(QUERIES, 1, chance=1.0)
    assert found.text.tolist() == again.text.tolist()
    for old, new in zip(SAID, found.text, strict=True):
        pairs = list(zip(old.split(), new.split(), strict=True))
        assert all(len(a) - 1 <= len(b) <= len(a) + 1 and a[0] == b[0] for a, b in pairs)
        assert all(a == b for a, b in pairs if len(a) < 4)


# --- sessions --------------------------------------------------------------------------------------------
def histories(count: int = 24) -> benefit_sequences.Histories:
    items = [(np.arange(8) + n) % 6 for n in range(count)]
    times = [1_700_000_000_000_000 + 60_000_000 * np.arange(8) for _ in range(count)]
    return benefit_sequences.Histories(*(benefit_sequences._objects(part) for part in (items, times)))


def test_every_arm_of_sessions_is_there_and_nobody_sees_the_target() -> None:
    cases = benefit_sequences.measure("tiny", histories(), 20, 2, cold_only=False)
    assert [one.measure for one in cases] == [
        "HR@10 of all users", "NDCG@10 of all users", "HR@10 of cold users", "NDCG@10 of cold users",
    ]  # fmt: skip
    for one in cases:
        assert {BASE, DUPLICATE, "substitute", "insert", "reorder", "recipe"} <= set(one.scores)
        assert one.made[DUPLICATE] == one.made["recipe"] == [60, 60]
        assert all(len(found) == 2 for found in one.scores.values())
    known, target = benefit_sequences.draw(histories(), 20, "x")
    assert all((items[-1] + 1) % 6 == last for items, last in zip(known.items, target, strict=True))


def test_only_cold_sessions_are_copied_where_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"drop_events": benefit_sequences.chains()["drop_events"]}
    monkeypatch.setattr(benefit_sequences, "chains", lambda: one)
    cases = benefit_sequences.measure("tiny", histories(), 20, 2, cold_only=True)
    known, _ = benefit_sequences.draw(histories(), 20, "tiny/0")
    cold = sum(len(items) <= benefit_sequences.COLD for items in known.items)
    assert 0 < cold < 20
    assert cases[0].made[DUPLICATE][0] == cases[0].made["drop_events"][0] == 3 * cold


def test_ranks_are_of_all_items_and_ties_share() -> None:
    follow = [np.array([n, n + 1]) for n in range(0, 60, 2)]
    hits, gains = benefit_sequences.figures(follow, [np.array([0]), np.array([1])], np.array([1, 39]), 60)
    assert (hits[0], gains[0]) == (1.0, 1.0)
    assert hits[1] == gains[1] == 0.0, "one of thirty that are equally popular is not among the first ten"


# --- pictures --------------------------------------------------------------------------------------------
def pictures(count: int = 24) -> benefit_images.Pictures:
    rng = np.random.Generator(np.random.Philox(key=3))
    made = [rng.integers(0, 60, (20, 20)).astype(np.uint8) for _ in range(count)]
    for n, pixels in enumerate(made):
        pixels[4:9, 2:18] += np.uint8(120 * (n % 4 == 0))
    label = np.array(["normal" if n % 4 == 0 else "pneumonia" for n in range(count)], object)
    return benefit_images.Pictures(benefit_images._array(made), label)


def test_every_arm_of_pictures_is_there_with_as_many_rows() -> None:
    rows = pictures()
    tests = {"clean": (benefit_images.matrix(rows.pixels), rows.label)}
    arms = {"recipe": [{"operator": "noise"}], "blur": [{"operator": "blur"}]}

    def judge(train: Any, seen: Any) -> dict[str, float]:
        return benefit_images.ranking(train, seen, "normal") | benefit_images.naming(train, seen)

    cases = benefit_images.measure("tiny", rows, 20, tests, arms, judge, seeds=2, rare="normal")
    assert {one.measure for one in cases} == {
        "average precision, clean", "ROC area, clean", "balanced accuracy, clean",
    }  # fmt: skip
    made = cases[0].checked().made
    assert list(made) == [BASE, DUPLICATE, "recipe", "blur", "recipe on both classes"]
    assert made[DUPLICATE] == made["recipe"] == made["blur"]
    assert made["recipe on both classes"][0] == made["recipe"][0] + 20 - made["recipe"][0] // 8
    assert float(np.mean(cases[0].scores[BASE])) > 90


def test_the_weather_is_the_same_each_time_and_changes_pixels() -> None:
    grey = np.full((64, 64, 3), 90, np.uint8)
    rows = benefit_images.Pictures(benefit_images._array([grey, grey]), np.array(["a", "b"], object))
    for sky in benefit_images.SKIES:
        one, other = benefit_images.in_weather(sky, rows), benefit_images.in_weather(sky, rows)
        assert all((a == b).all() for a, b in zip(one.pixels, other.pixels, strict=True))
        assert (one.pixels[0] != grey).any()
        assert (one.pixels[0] != one.pixels[1]).any()
