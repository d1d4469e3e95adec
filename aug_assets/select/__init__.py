"""Policies that share copies out among parents, one a file. Who may be a parent is not decided here.

``near`` looks at the day's rows alone, when the day is planned. Those of ``BESIDE`` look at more: other days,
or labels that came back. What they find is stored with the candidates, and a day that is planned again takes
the stored shares, so that its rows stay the same whatever has come since.
"""

from aug_assets.select import density_ratio, feedback
from aug_assets.select.base import Beside, Policy, Weighed

__all__ = ["BESIDE", "Beside", "Policy", "Weighed"]

BESIDE: dict[str, Policy] = {"density_ratio": density_ratio.weigh, "feedback": feedback.weigh}
