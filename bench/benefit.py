"""Do copies help a model? Texts, sessions and pictures on real data, net of plain duplicates.

    python bench/benefit.py [--json] [--quick]
    python bench/benefit.py --write     # docs/benefit_measured.md, all sections

Data that is not there is skipped by name.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import benefit_images, benefit_sequences, benefit_table, benefit_text

PARTS = (benefit_text, benefit_sequences, benefit_images)


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    return [row for part in PARTS for row in part.rows(quick=quick)]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="2 seeds and the smallest cases")
    words.add_argument("--json", action="store_true")
    words.add_argument("--write", action="store_true", help="write docs/benefit_measured.md")
    chosen = words.parse_args()
    if chosen.json:
        print(json.dumps({"rows": rows(quick=chosen.quick)}))
        return
    for part in PARTS:
        text = benefit_table.section(part.TITLE, part.TOLD, part.measured, quick=chosen.quick)
        print(text, flush=True)
        if chosen.write:
            benefit_table.write(benefit_table.DOC, part.TITLE, text)


if __name__ == "__main__":
    main()
