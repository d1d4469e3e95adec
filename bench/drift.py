"""How often drift is cried on days without any, how soon a planted shift is seen, and what looking costs.

    python bench/drift.py --json
    AUG_EVIDENTLY_PYTHON=venv/bin/python python bench/drift.py --write     # docs/drift_measured.md

CPU seconds of one thread. Evidently runs in an environment of its own, at the same time; without one its
figures are missing.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pages
from drift_days import ASKED, FOLLOWED, WINDOW, Days, Delay, Judged, delays, watched
from drift_speed import CATEGORIES, NUMBERS, Peer, ours, wide

DOC = Path(__file__).parents[1] / "docs" / "drift_measured.md"
_CLEAN = 1036  # days judged: 37 windows
_ONSETS = 8
_ROWS = 1_000_000
_FASTER, _MINUTES = 80, 15
_WIDE_ROWS, _WIDE_COLUMNS = 3_000_000, 1000
_PSI, _NORMED, _LEVEL = 0.2, 0.1, 0.05


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """One dict a figure: ``name, ours, peer, value, goal, met``."""
    return measure(quick=quick).rows()


class Measured:
    """All figures, and the page of them."""

    def __init__(self, words: dict[str, float], found: list[Delay], speed: dict[str, Any]) -> None:
        self.words, self.delays, self.speed = words, found, speed

    def rows(self) -> list[dict[str, Any]]:
        """The contract of ``aug bench``."""
        words, speed = self.words, self.speed
        found = [
            _row(f"days without shift beyond the limit, of {words['days']:,.0f}", words["alarms"],
                 words["ks"], words["alarms"], 0.03, "<="),
            _row("the same, called refresh", words["refresh"], words["psi"], words["refresh"], 0.03, "<="),
            _row("the same with a reference of 14 days", words["alarms_14"], None, words["alarms_14"], None,
                 ""),
        ]  # fmt: skip
        for one in self.delays:
            seen = np.isfinite(one.warned).mean()
            name = f"{one.kind}, {one.size:.0%}: share seen within {FOLLOWED} days"
            found.append(_row(name, float(seen), None, float(seen), None, ""))
        peer = speed["peer"]["seconds"] if speed["peer"] else None
        ratio = peer / speed["day"] if peer else None
        name = f"a day of {speed['rows']:,} x {NUMBERS + CATEGORIES} sketched and compared, CPU s"
        found.append(_row(name, speed["day"], peer, ratio, _FASTER, ">="))
        both = speed["day"] + speed["reference"]
        found.append(_row("the same with the reference's sketches made anew", both, peer,
                          peer / both if peer else None, None, ""))  # fmt: skip
        minutes = speed["wide_minutes"]
        measured = f"{speed['wide']['rows']:,} x {speed['wide']['columns']}"
        name = f"{_WIDE_ROWS:,} x {_WIDE_COLUMNS:,}, minutes, by rule of three from {measured}"
        found.append(_row(name, minutes, None, minutes, _MINUTES, "<="))
        return found


def measure(*, quick: bool = False) -> Measured:
    """Everything; a few minutes."""
    size = _ROWS // 10 if quick else _ROWS
    peer = Peer(size)
    speed = ours(peer.folder)
    begun = time.process_time()
    days = Days(watched(), WINDOW + (_CLEAN // 7 if quick else _CLEAN))
    each = (time.process_time() - begun) / len(days.found)
    clean = list(days.clean())
    words = _words(clean) | {"alarms_14": _share(days.clean(14), _alarm), "seconds_a_day": each}
    step = (len(days.found) - WINDOW - FOLLOWED) // _ONSETS
    found = delays(days, [WINDOW + n * step for n in range(2 if quick else _ONSETS)])
    across = wide()
    minutes = across["seconds"] / (across["rows"] * across["columns"]) * _WIDE_ROWS * _WIDE_COLUMNS / 60
    told = {**speed, "rows": size, "wide": across, "wide_minutes": minutes, "peer": peer.wait()}
    return Measured(words, found, told)


def _words(clean: Sequence[Judged]) -> dict[str, float]:
    """Shares of the days without a shift that each rule would cry on."""
    count = len(clean)
    alarms = _share(clean, _alarm)
    return {
        "days": count,
        "alarms": alarms,
        "error": float(np.sqrt(alarms * (1 - alarms) / count)),
        "refresh": _share(clean, lambda one: one.decision.word == "refresh"),
        "ks": _share(clean, _ks),
        "psi": _share(clean, lambda one: any(e.distances.psi > _PSI for e in one.excess.values())),
        "psi_tenth": _share(clean, lambda one: any(e.distances.psi > _NORMED for e in one.excess.values())),
        "wasserstein": _share(
            clean, lambda one: any(e.distances.wasserstein > _NORMED for e in one.excess.values())
        ),
    }


def _share(days: Any, cried: Callable[[Judged], bool]) -> float:
    return float(np.mean([cried(one) for one in days]))


def _alarm(one: Judged) -> bool:
    return one.decision.word in ("warn", "refresh")


def _ks(one: Judged) -> bool:
    """Kolmogorov-Smirnov with Bonferroni's correction, as textbooks have it."""
    from scipy.special import kolmogorov

    values = [kolmogorov(e.distances.ks * np.sqrt(e.distances.scale)) for e in one.excess.values()]
    return bool(min(values) < _LEVEL / len(values))


def _row(
    name: str, ours: float, peer: float | None, value: float | None, goal: float | None, sign: str
) -> dict[str, Any]:
    met = None
    if goal is not None and value is not None:
        met = bool(value <= goal if sign == "<=" else value >= goal)
    told = None if goal is None else f"{sign} {goal:g}"
    return {"name": name, "ours": ours, "peer": peer, "value": value, "goal": told, "met": met}


_PAGE = """# Drift, measured

Written by `python bench/drift.py --write`. Days are those of the built-in card sample, about 4,200 rows each:
invented days, more alike than those of a shop. Each stretch of {window} days is held against the {window}
before it, with all settings at their defaults and a false-alarm rate of {asked:.0%} asked for.

## Days without a shift

{days:,.0f} days, {references:.0f} references.

| rule | days it cries on |
|---|---|
| ours: beyond the limit (`warn` or `refresh`) | {alarms:.1%} (standard error {error:.1%}) |
| ours: `refresh`, which starts a run | {refresh:.1%} |
| ours, with a reference of 14 days, beyond the limit | {alarms_14:.1%} |
| Kolmogorov-Smirnov with Bonferroni, any feature | {ks:.1%} |
| PSI > 0.1, any feature | {psi_tenth:.1%} |
| PSI > 0.2, any feature | {psi:.1%} |
| Wasserstein > 0.1 standard deviations, any feature | {wasserstein:.1%} |

The sample has weekdays but no customers who come in bursts, as real card data has; that flatters every rule.

## Planted shifts

Each begins on {onsets} different days and stays for {followed}. Delays are in days, 0 is the day it begins;
their mean is over the onsets that were seen.

| shift | size | seen | days to `warn` | refreshed | days to `refresh` | right column named |
|---|---|---|---|---|---|---|
{table}

Values go missing from `device_age_days`, which six in ten rows lack on any day: of the planted share only
four in ten rows had a value to lose. What a day does not show, a week rarely does: each day is held against
the reference by itself.

## Cost

CPU seconds of one thread. Evidently {version} with its drift preset, one test a column, on the same rows.

| what | ours | Evidently | ratio |
|---|---|---|---|
| a day of {rows:,} x 20 sketched and compared by all five measures | {day:.2f} | {peer} | {ratio} |
| the same, with the reference sketched anew | {both:.2f} | {peer} | {ratio_both} |

Sketching {wide_rows:,} rows of 100 numbers in blocks, adding up and comparing: {wide_seconds:.2f} s. The
cost is linear in rows and columns, so that 3,000,000 x 1,000 takes {minutes:.1f} minutes on one core; memory
is that of a block and of the sketches. A day of the sample is made, sketched and counted in {each:.2f} s.
"""

_TOLD = ("days", "alarms", "error", "refresh", "alarms_14", "ks", "psi", "psi_tenth", "wasserstein")


def page(found: Measured) -> str:
    """``docs/drift_measured.md``."""
    speed, peer = found.speed, found.speed["peer"]
    both = speed["day"] + speed["reference"]
    return _PAGE.format(
        **{name: found.words[name] for name in _TOLD},
        window=WINDOW, asked=ASKED, references=found.words["days"] / WINDOW, followed=FOLLOWED,
        onsets=len(found.delays[0].warned), table="\n".join(_line(one) for one in found.delays),
        rows=speed["rows"], day=speed["day"], both=both,
        version=peer["version"] if peer else "(not installed)",
        peer=f"{peer['seconds']:.0f}" if peer else "-",
        ratio=f"{peer['seconds'] / speed['day']:.0f}x" if peer else "-",
        ratio_both=f"{peer['seconds'] / both:.0f}x" if peer else "-",
        wide_rows=speed["wide"]["rows"], wide_seconds=speed["wide"]["seconds"],
        minutes=speed["wide_minutes"], each=found.words["seconds_a_day"],
    )  # fmt: skip


def _line(one: Delay) -> str:
    cells = [one.kind, f"{one.size:.0%}"]
    for found in (one.warned, one.refreshed):
        seen = np.isfinite(found)
        mean = f"{found[seen].mean():.1f}" if seen.any() else "-"
        cells += [f"{seen.sum()} of {len(found)}", mean]
    cells.append("-" if np.isnan(one.named) else f"{one.named:.0%}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    words.add_argument("--write", action="store_true", help="write docs/drift_measured.md")
    chosen = words.parse_args()
    found = measure(quick=chosen.quick)
    if chosen.write:
        DOC.write_text(pages.keep(DOC, page(found)), encoding="utf-8")
    if chosen.json:
        print(json.dumps({"rows": found.rows()}))
        return
    for row in found.rows():
        value = "-" if row["value"] is None else f"{row['value']:.4g}"
        print(f"{row['name']:80} {value:>10} goal {row['goal']} met {row['met']}")


if __name__ == "__main__":
    main()
