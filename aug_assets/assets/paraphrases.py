"""The paraphrases asset: what a model answers for a day, fetched once and kept. Operators only look it up."""

from typing import Any, cast

import dagster as dg

from aug_assets import operators, recipe
from aug_assets.assets import common, replies_record
from aug_assets.cost import Spent
from aug_assets.errors import BudgetExhaustedError
from aug_assets.operators.text.asked import Request
from aug_assets.operators.text.asking import Asker
from aug_assets.operators.text.meter import Meter
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_SAVED = 200  # answers between two commits, and
_SHARE = 10  # of all answers this part: each commit writes all of them


def build_paraphrases(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset between source and candidates, for a dataset whose recipe asks a model."""
    shown = [dg.TableColumn(field.name, str(field.type)) for field in replies_record.SCHEMA]
    alike = common.asset_arguments(spec, common.PARAPHRASES)
    alike |= {"kinds": {"deltalake"}, "metadata": {"dagster/column_schema": dg.TableSchema(columns=shown)}}

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        deps=[common.asset_key(spec, "source")],
        description=f"A model's replies for the texts that {spec.id} selects. What was answered once is "
        "never asked again; what was refused, and what each question cost, stands beside it.",
    )
    def paraphrases(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                upstream = common.latest(context, spec, "source")
                made_of = {"source_version": upstream["delta_version"], "source_digest": upstream["digest"]}
                where = {"date": context.partition_key}
                rows = common.table(lake, spec, "source").read(where, upstream["delta_version"])
                plan = recipe.plan(spec, context.partition_key, rows, upstream["digest"])
                day = replies_record.Day(context, lake, spec, made_of)
            before = sum(day.spent(branch.name)[1] for branch in spec.recipe)
            with clock("ask"):
                told = [_answer(context, day, part, requests) for part, requests in recipe.asked(plan)]
                day.save()
        wanted = [one.digest for _, requests in recipe.asked(plan) for one in requests]
        digest, reasons = day.result(wanted)
        spent = [day.spent(branch.name) for branch in spec.recipe]
        clock.elsewhere += Spent(asked=float(sum(cost for _, cost in spent)) - before)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest),
            metadata={
                "digest": digest,
                "delta_version": day.version,
                "recipe_digest": spec.recipe_digest,
                **made_of,
                "requests": len(set(wanted)),
                "asked": sum(asked for asked, _ in told),
                "answered": len(set(wanted)) - sum(reasons.values()),
                **{f"refused/{reason}": count for reason, count in sorted(reasons.items())},
                "tokens_spent": sum(tokens for tokens, _ in spent),
                "money_spent": float(sum(cost for _, cost in spent)),
                "budget": "; ".join(stop for _, stop in told if stop) or "enough",
                "dagster/uri": day.table.uri,
                **clock.metadata(),
            },
        )

    return cast(dg.AssetsDefinition, paraphrases)


def _answer(
    context: Any, day: replies_record.Day, part: recipe.BranchPlan, requests: list[Request]
) -> tuple[int, str]:
    """Ask what a branch still needs; how many were asked, and why the budget ended it, if it did.

    Raises:
        EndpointError: After all that was answered is stored.
    """
    step, name = part.branch.steps[0], part.branch.name
    known = day.adopt(name, requests)
    missing = day.missing(requests)
    context.log.info(
        "%s: %s questions, %s to ask, %s from other days", name, len(requests), len(missing), known
    )
    asker = Asker(operators.get(step.operator), step, part.states[0], Meter(step.limits, *day.spent(name)))
    asked = 0
    try:
        for answer in asker.all(missing, day.tried()) if missing else ():
            day.add(name, step.model, answer)
            asked += answer.tries > 0 or answer.prompt_tokens > 0
            if day.unsaved >= max(_SAVED, len(day.rows) // _SHARE):
                day.save()
                context.log.info("%s: %s of %s asked", name, asked, len(missing))
    except BudgetExhaustedError as error:
        context.log.warning("%s: %s", name, error)
        return asked, str(error)
    finally:
        day.save()
    return asked, ""
