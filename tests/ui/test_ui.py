"""The whole platform as a person meets it: launched over GraphQL, looked at in a browser."""

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aug_assets import loader
from tests.ui.conftest import BAD_DAY, GOOD_DAY, LATE_DAY, Launched
from tests.ui.served import browser, page, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SPEC = loader.get("payments/card_fraud")
BLOCKING = {step.gate: step.blocking for step in SPEC.gate_steps} | {"verdict": True}
GATES = sorted(BLOCKING)
STAGES = ["source", "augmented", "validated"]
_FIGURES = "label ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue } __typename"
_DAY = f"""
query ($key: AssetKeyInput!, $day: String!) {{
  assetOrError(assetKey: $key) {{ ... on Asset {{
    assetMaterializations(partitions: [$day]) {{
      runId tags {{ key value }} metadataEntries {{ {_FIGURES} }}
    }}
  }} }}
}}"""
_CHECK = f"""
query ($key: AssetKeyInput!, $check: String!) {{
  assetCheckExecutions(assetKey: $key, checkName: $check, limit: 5) {{
    runId status evaluation {{ partition success severity description metadataEntries {{ {_FIGURES} }} }}
  }}
}}"""
_CHECKS = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name blocking } } }
  } }
}"""
_COLUMNS = """
query ($key: AssetKeyInput!, $day: String!) {
  assetOrError(assetKey: $key) { ... on Asset { assetMaterializations(partitions: [$day]) {
    metadataEntries { label ... on TableColumnLineageMetadataEntry {
      lineage { columnName columnDeps { assetKey { path } columnName } }
    } }
  } } }
}"""
_FAILURES = """
query ($id: ID!) {
  runOrError(runId: $id) { ... on Run { tags { key value } eventConnection { events {
    __typename
    ... on ExecutionStepFailureEvent { stepKey failureMetadata { description metadataEntries {
      label ... on TextMetadataEntry { text }
    } } }
    ... on AssetCheckEvaluationEvent { evaluation { checkName success description partition } }
  } } } }
}"""
_RUNS = """
query ($tags: [ExecutionTag!]) {
  runsOrError(filter: {tags: $tags}) { ... on Runs { results { runId tags { key value } } } }
}"""


def key(stage: str, dataset: str = "payments/card_fraud") -> dict[str, list[str]]:
    return {"path": f"{dataset}_{stage}".split("/")}


def figures(event: dict[str, Any]) -> dict[str, Any]:
    """Numbers of an event by label; other kinds of metadata by the kind's name."""
    return {
        e["label"]: e.get("intValue", e.get("floatValue", e["__typename"])) for e in event["metadataEntries"]
    }


@pytest.fixture(scope="module")
def good(launched: Launched) -> Launched:
    """After the good day has been published."""
    assert launched.served.status(launched.good) == "SUCCESS"
    return launched


@pytest.fixture(scope="module")
def bad(launched: Launched) -> dict[str, list[dict[str, Any]]]:
    """Events of the two failed runs, by day."""
    served = launched.served
    mine = [{"key": "dagster/backfill", "value": launched.backfill}]

    def both() -> Any:
        runs = served.ask(_RUNS, tags=mine)["runsOrError"]["results"]
        return runs if len(runs) == 2 else None

    found = {}
    for run in until(both, 120, "a run for each day of the backfill"):
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        day = tags.get("dagster/partition") or tags["dagster/asset_partition_range_start"]
        assert served.status(run["runId"]) == "FAILURE"
        found[day] = served.ask(_FAILURES, id=run["runId"])["runOrError"]["eventConnection"]["events"]
    return found


def materialized(launched: Launched, stage: str) -> dict[str, Any]:
    (event,) = launched.served.ask(_DAY, key=key(stage), day=GOOD_DAY)["assetOrError"][
        "assetMaterializations"
    ]
    assert event["runId"] == launched.good
    return dict(event)


def evaluated(launched: Launched, stage: str, check: str) -> dict[str, Any]:
    (one,) = launched.served.ask(_CHECK, key=key(stage), check=check)["assetCheckExecutions"]
    assert one["runId"] == launched.good
    return dict(one)


# --- a day that is published -------------------------------------------------------------------------------
def test_the_day_is_materialized_with_figures_that_add_up(good: Launched) -> None:
    source, augmented, validated = (figures(materialized(good, stage)) for stage in STAGES)
    rows = "dagster/partition_row_count"
    assert source["rows_read"] == source[rows] + source["quarantined"] > 4000
    assert augmented["candidates"] == augmented[rows] > 200
    assert augmented["made"] == augmented["candidates"] + augmented["refused/teacher_filter"]
    assert validated["accepted"] + validated["quarantined"] == augmented["candidates"]
    assert validated[rows] == validated["real"] + validated["accepted"]
    assert validated["real"] == source[rows]
    assert {"marginals", "preview", "digest", "seconds/cpu"} <= set(augmented)


def test_versions_are_in_the_tags(good: Launched) -> None:
    tags = {stage: {t["key"]: t["value"] for t in materialized(good, stage)["tags"]} for stage in STAGES}
    for found in tags.values():
        assert re.fullmatch(r"[0-9a-f]{16}", found["dagster/code_version"])
        assert re.fullmatch(r"[0-9a-f]{64}", found["dagster/data_version"])
    for stage in ("source", "augmented"):
        given = f"dagster/input_data_version/payments/card_fraud_{stage}"
        version = tags[stage]["dagster/data_version"]  # of inputs with partitions Dagster keeps a digest
        assert tags["validated"][given] == hashlib.sha256(version.encode()).hexdigest()


def test_every_gate_is_a_check_with_a_result_for_the_day(good: Launched) -> None:
    node = good.served.ask(_CHECKS, key=key("augmented"))["assetNodeOrError"]
    checks = node["assetChecksOrError"]["checks"]
    assert sorted(check["name"] for check in checks) == GATES
    assert {check["name"]: check["blocking"] for check in checks} == BLOCKING
    for name in GATES:
        found = evaluated(good, "augmented", name)
        assert found["status"] == "SUCCEEDED", name
        assert (found["evaluation"]["partition"], found["evaluation"]["success"]) == (GOOD_DAY, True), name
        told = ("gates_judged", "gates_expected") if name == "verdict" else ("value", "threshold")
        assert set(told) <= set(figures(found["evaluation"])), name


@pytest.mark.parametrize("stage", ["source", "validated"])
def test_the_schema_checks_have_a_result_for_the_day(good: Launched, stage: str) -> None:
    found = evaluated(good, stage, "schema")
    assert found["status"] == "SUCCEEDED"
    assert found["evaluation"]["partition"] == GOOD_DAY
    assert figures(found["evaluation"])["reasons"] == "TableMetadataEntry"


# --- days that are not -------------------------------------------------------------------------------------
def test_a_file_that_has_not_come_is_told_in_the_run(bad: dict[str, list[dict[str, Any]]]) -> None:
    failures = [e["failureMetadata"] for e in bad[LATE_DAY] if e["__typename"] == "ExecutionStepFailureEvent"]
    told = next(failure for failure in failures if failure)
    parts = {entry["label"]: entry.get("text", "") for entry in told["metadataEntries"]}
    assert parts["error"] == "source_not_found"
    assert f"{LATE_DAY}.csv" in told["description"]
    assert "Next:" in told["description"]
    assert parts["next"]


def test_a_delivery_of_bad_rows_is_a_failed_check_of_its_day(bad: dict[str, list[dict[str, Any]]]) -> None:
    (found,) = [e["evaluation"] for e in bad[BAD_DAY] if e["__typename"] == "AssetCheckEvaluationEvent"]
    assert (found["checkName"], found["success"]) == ("schema", False)
    assert "20 of 20 rows of lab/broken" in found["description"]
    assert "min:x" in found["description"]


def test_a_backfill_keeps_the_day_of_its_check_results(bad: dict[str, list[dict[str, Any]]]) -> None:
    (found,) = [e["evaluation"] for e in bad[BAD_DAY] if e["__typename"] == "AssetCheckEvaluationEvent"]
    assert found["partition"] == BAD_DAY


def test_nothing_of_a_bad_day_is_materialized(bad: dict[str, Any], launched: Launched) -> None:
    for stage in STAGES:
        for day in bad:
            found = launched.served.ask(_DAY, key=key(stage, "lab/broken"), day=day)["assetOrError"]
            assert not found.get("assetMaterializations"), (stage, day)


# --- as a browser shows it ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pages(good: Launched, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each page that people look at most."""
    if browser() is None:
        missing = "no chromium, chromium-browser or google-chrome on the path"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    asset, published = (
        f"{good.served.url}/assets/payments/card_fraud_{stage}?view=" for stage in ("augmented", "validated")
    )
    wanted = {
        "asset": f"{asset}overview",
        "checks": f"{asset}checks&checkDetail=verdict",
        "day": f"{asset}partitions&partition={GOOD_DAY}",
        "lineage": f"{published}lineage&lineageScope=upstream&lineageDepth=2",
        "published": f"{published}partitions&partition={GOOD_DAY}",
    }
    profiles = {name: tmp_path_factory.mktemp("profile") for name in wanted}

    def text(name: str) -> str:
        return re.sub(
            r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", _dom(name), flags=re.DOTALL)
        )

    def _dom(name: str) -> str:
        dom = page(wanted[name], Path(profiles[name]))
        assert 'role="dialog"' not in dom
        return dom

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(text, wanted), strict=True))


def test_no_dialog_stands_before_the_page(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        assert "card_fraud_" in text, name
        assert "Join the Dagster community" not in text, name


def test_the_asset_page_says_what_the_asset_is(pages: dict[str, str]) -> None:
    for word in (
        "Candidates that the recipe of payments/card_fraud makes",
        "transaction_id",
        "fraud-ml",
        GOOD_DAY,
    ):
        assert word in pages["asset"], word


def test_the_checks_page_shows_every_gate_and_the_quarantine(pages: dict[str, str], good: Launched) -> None:
    for name in GATES:
        assert f"{name} Succeeded" in pages["checks"], name
    held = figures(evaluated(good, "augmented", "verdict")["evaluation"])["quarantined"]
    assert f"quarantined {held}" in pages["checks"]


def test_the_page_of_a_day_shows_a_parent_beside_its_copies(pages: dict[str, str]) -> None:
    for word in ("Materialized", "parent copy 0 copy 1", "device_age_days", "candidates"):
        assert word in pages["day"], word


def test_the_lineage_page_leads_from_training_data_to_its_source(pages: dict[str, str]) -> None:
    shown = pages["lineage"].partition("Graph depth")[2]
    for stage in STAGES:
        assert re.search(rf"card_fraud_{stage} Latest event", shown), stage


def test_the_published_day_shows_the_versions_that_it_was_made_of(
    pages: dict[str, str], good: Launched
) -> None:
    told = figures(materialized(good, "validated"))
    for stage in ("source", "augmented", "provenance"):
        assert f"{stage}_version {told[f'{stage}_version']} " in pages["published"], stage
    assert f"delta_version {told['delta_version']} " in pages["published"]


def test_which_column_feeds_which_is_shown_and_kept_as_dagster_has_it(
    pages: dict[str, str], good: Launched
) -> None:
    assert "comes of depends on" in pages["published"]
    assert "amount source.amount, augmented.amount" in pages["published"]
    for stage in ("augmented", "validated"):
        (told,) = good.served.ask(_COLUMNS, key=key(stage), day=GOOD_DAY)["assetOrError"][
            "assetMaterializations"
        ]
        (lineage,) = (entry["lineage"] for entry in told["metadataEntries"] if "lineage" in entry)
        deps = {one["columnName"]: one["columnDeps"] for one in lineage}
        assert {"assetKey": key("source"), "columnName": "amount"} in deps["amount"], stage
