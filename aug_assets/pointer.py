"""What says which model of a dataset serves: plain values. How they may change is in ``deploying``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from aug_assets.errors import NoChampionError

State = Literal["steady", "canary", "watch", "hold"]


@dataclass(frozen=True)
class Serving:
    """One model version as it serves.

    Attributes:
        version: In the registry.
        digest: SHA-256 of the stored model, which is checked before it is loaded.
        threshold: Scores from here on raise an alarm; it is part of the version.
        positive: The label that it looks for, as text.
        run_id: The run that trained it.
        trained_to: The last day that it was trained on; days up to it prove nothing of it.
    """

    version: str
    digest: str
    threshold: float
    positive: str
    run_id: str = ""
    trained_to: str = ""


@dataclass(frozen=True)
class Pointer:
    """What serves, and what was done last.

    Attributes:
        state: ``canary``: a challenger is tried; ``watch``: it was promoted and is held against the previous
            champion; ``hold``: the champion decides everything and nothing moves by itself.
        champion: Serves; None before the first.
        previous: What a rollback restores.
        challenger: What is tried.
        share: Of the keys, decided by the challenger.
        seen: The highest version that was looked at, so that none is tried twice.
        action: What made this document, by whom and why, and the evidence for it.
        by: A person, or ``aug``.
        why: One sentence.
        evidence: Figures by name.
    """

    state: State = "steady"
    champion: Serving | None = None
    previous: Serving | None = None
    challenger: Serving | None = None
    share: float = 0.0
    seen: int = 0
    action: str = ""
    by: str = ""
    why: str = ""
    evidence: dict[str, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`record`."""
        models = {n: Serving(**said[n]) if said[n] else None for n in ("champion", "previous", "challenger")}
        return cls(**{**said, **models})

    @property
    def serving(self) -> Serving:
        """The champion.

        Raises:
            NoChampionError: There is none.
        """
        if self.champion is None:
            raise NoChampionError(
                "no model serves yet", seen=self.why or "no deployment", legal="a champion",
                todo="materialize the dataset's model and its deployment",
            )  # fmt: skip
        return self.champion

    @property
    def pair(self) -> tuple[Serving, Serving] | None:
        """The proven model and the one that is held against it; both score every row."""
        if self.champion and self.challenger:
            return self.champion, self.challenger
        return (
            (self.previous, self.champion)
            if self.state == "watch" and self.previous and self.champion
            else None
        )
