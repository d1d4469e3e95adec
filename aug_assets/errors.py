"""Every exception the platform raises on purpose, and nothing else.

Each says what was wrong, which value was seen, what is legal and what to do next. They survive pickling,
because they travel from Dask workers to the process that shows them.
"""

from typing import ClassVar, Self

_SEEN_LIMIT = 200  # a 10,000-character value must not drown the message
_TEXT_LIMIT = 600  # nor may one that a library put into its own words


class AugError(Exception):
    """Base of all errors of the platform.

    Args:
        message: What is wrong, as one sentence without the value.
        seen: The offending value; shown by its ``repr``, cut at 200 characters.
        legal: What would have been accepted.
        todo: The next step for the person who reads it.
    """

    code: ClassVar[str] = "error"
    transient: ClassVar[bool] = False  # True: the same call may succeed later, so a retry makes sense

    def __init__(self, message: str, *, seen: object = None, legal: object = None, todo: str = "") -> None:
        self.message = _ends(message, _TEXT_LIMIT)
        self.seen = _short(seen)
        self.legal = "" if legal is None else _short(legal, keep_text=True)
        self.todo = _cut(todo, _TEXT_LIMIT)
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [self.message.rstrip(".") + "."]
        if self.seen:
            parts.append(f"Seen: {self.seen}.")
        if self.legal:
            parts.append(f"Legal: {self.legal}.")
        if self.todo:
            parts.append(f"Next: {self.todo.rstrip('.')}.")
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.seen, self.legal, self.todo))

    @classmethod
    def _restore(cls, message: str, seen: str, legal: str, todo: str) -> Self:
        error = cls("")
        error.message, error.seen, error.legal, error.todo = message, seen, legal, todo  # cut already
        error.args = (message,)
        return error


def _rebuild(cls: type[AugError], message: str, seen: str, legal: str, todo: str) -> AugError:
    return cls._restore(message, seen, legal, todo)


def _short(value: object, *, keep_text: bool = False) -> str:
    if value is None:
        return ""
    text = value if keep_text and isinstance(value, str) else repr(value)
    return _cut(text, _SEEN_LIMIT)


def _ends(text: str, limit: int) -> str:
    """A long message holds a traceback that a library put there: it begins with where, and ends with what."""
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]}... ({len(text)} characters) ...{text[-half:]}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


# --- what a person wrote -------------------------------------------------------------------------------
class SpecError(AugError):
    """A dataset file, or a value in it, is not legal."""

    code = "spec"


class UnknownDatasetError(SpecError):
    """No dataset file has this name."""

    code = "unknown_dataset"


class UnknownRowError(AugError):
    """No table holds a row of this id."""

    code = "unknown_row"


class UnknownModelError(AugError):
    """No training of this model version is recorded."""

    code = "unknown_model"


class ReadersError(AugError):
    """The user may not read what rows hold; the story without values may be read."""

    code = "readers"


class ReplayError(AugError):
    """The row cannot be made again: what is installed is not what made it, or what it was made of is gone."""

    code = "replay"


class UnknownPartitionError(AugError):
    """The date is outside the partitions of the dataset."""

    code = "unknown_partition"


# --- what arrived --------------------------------------------------------------------------------------
class SourceError(AugError):
    """The raw data of a day cannot be used."""

    code = "source"


class SourceNotFoundError(SourceError):
    """No file, or no bucket, at the dataset's uri for this day."""

    code = "source_not_found"


class SourceUnreadableError(SourceError):
    """The file is there and cannot be parsed."""

    code = "source_unreadable"


class MissingColumnError(SourceError):
    """The raw data lacks a column that the dataset declares."""

    code = "missing_column"


class ColumnTypeError(SourceError):
    """A raw column has a type that cannot become the declared one."""

    code = "column_type"


class EmptyPartitionError(SourceError):
    """The day has no rows."""

    code = "empty_partition"


class RejectedPartitionError(SourceError):
    """More of the day's rows failed the schema than the dataset allows."""

    code = "rejected_partition"


# --- what augmentation needs ---------------------------------------------------------------------------
class TooFewParentsError(AugError):
    """The selected rows are too few for the operator, for instance a day with one class only."""

    code = "too_few_parents"


class ReferenceTooShortError(AugError):
    """Too few days were given to learn how far days without drift lie apart."""

    code = "reference_too_short"


class EndpointError(AugError):
    """A model's endpoint refuses what is asked of it."""

    code = "endpoint"


class EndpointUnreachableError(EndpointError):
    """A model's endpoint gave no usable answer to one request after another."""

    code = "endpoint_unreachable"
    transient = True


class EndpointKeyError(EndpointError):
    """The endpoint's key is not in the environment, or the endpoint does not accept it."""

    code = "endpoint_key"


class BudgetExhaustedError(EndpointError):
    """What a day may spend at an endpoint is spent."""

    code = "budget_exhausted"


class RepliesMissingError(AugError):
    """Rows that need a model's replies are to be made without them, or with those to other questions."""

    code = "replies_missing"


class SharesMissingError(AugError):
    """Rows whose copies were shared out by a stored table are to be made without it."""

    code = "shares_missing"


# --- what may be published -----------------------------------------------------------------------------
class PublishRefusedError(AugError):
    """The candidates may not become training data; the last good version stays."""

    code = "publish_refused"


class VerdictMissingError(PublishRefusedError):
    """The gates have not judged this day."""

    code = "verdict_missing"


class VerdictStaleError(PublishRefusedError):
    """The gates judged other data, or by other rules, than what would be published."""

    code = "verdict_stale"


class VerdictFailedError(PublishRefusedError):
    """A blocking gate failed."""

    code = "verdict_failed"


class OverBudgetError(PublishRefusedError):
    """The day cost more than its dataset's budget, and no person has released it."""

    code = "over_budget"


class ReviewOpenError(PublishRefusedError):
    """Candidates wait for a person's decision."""

    code = "review_open"


class UpstreamMissingError(AugError):
    """The asset that feeds this one has not been materialized for this day."""

    code = "upstream_missing"


class ExportError(AugError):
    """Published rows cannot be written in this format without losing what they hold, or not at this place."""

    code = "export"


# --- what people decide -------------------------------------------------------------------------------
class LabelsError(AugError):
    """Labels that came back cannot be taken: of a row that is not there, or no label at all."""

    code = "labels"


class DecisionError(AugError):
    """What a person decided of a held row cannot be taken as a decision; nothing was recorded."""

    code = "decision"


class FourEyesError(DecisionError):
    """A row may not be released by the person whose run put it into quarantine."""

    code = "four_eyes"


class NotReleasableError(DecisionError):
    """No person can let this row through, or not in this way."""

    code = "not_releasable"


class AnnotationsError(DecisionError):
    """A file of annotations is malformed, contradicts itself, or is about other rows; nothing was taken."""

    code = "annotations"


# --- what was done -------------------------------------------------------------------------------------
class AuditError(AugError):
    """The audit log holds, or was to be given, what is not a record; nothing was recorded."""

    code = "audit"


class AuditRaceError(AuditError):
    """Other writers kept winning the race for the end of the audit log."""

    code = "audit_race"
    transient = True


class SigningKeyError(AugError):
    """There is no key to sign with, or it is not one."""

    code = "signing_key"


class SigningUnreachableError(AugError):
    """The vault that signs did not answer."""

    code = "signing_unreachable"
    transient = True


class ErasureError(AugError):
    """Somebody cannot be forgotten as asked; what was begun can be gone on with."""

    code = "erasure"


class LineageError(AugError):
    """Lineage events cannot be kept or sent again; a run never fails by it."""

    code = "lineage"


class AttestationError(AugError):
    """A provenance statement cannot be made, or is not what it claims to be."""

    code = "attestation"


# --- which model serves --------------------------------------------------------------------------------
class DeploymentError(AugError):
    """Which model serves cannot be changed in this way; it stays as it was."""

    code = "deployment"


class NoChampionError(DeploymentError):
    """No model of the dataset serves yet."""

    code = "no_champion"


class DeploymentRaceError(DeploymentError):
    """Somebody else changed which model serves at the same time, and won."""

    code = "deployment_race"
    transient = True


class ModelBrokenError(AugError):
    """A model cannot be stored, loaded, or does not score rows."""

    code = "model_broken"


# --- what a training loop draws ------------------------------------------------------------------------
class StreamError(AugError):
    """A stream of rows cannot be begun, or gone on with, as asked."""

    code = "stream"


class StreamWorkerError(StreamError):
    """A worker of a stream died; what was given out stays right, and the stream can go on."""

    code = "stream_worker"


class OverloadedError(AugError):
    """The service has as much to do as it may; nothing was taken on."""

    code = "overloaded"


class ClosingError(AugError):
    """The service is stopping and takes nothing on any more."""

    code = "closing"


class BodyError(AugError):
    """A request's body cannot be read as what it says it is."""

    code = "body"


class ServiceMissingError(AugError):
    """The packages of the service are not installed."""

    code = "service_missing"


class TorchMissingError(StreamError):
    """PyTorch is not installed where a stream is to become one of its datasets."""

    code = "torch_missing"


class PricesError(AugError):
    """A price sheet cannot be read."""

    code = "prices"


class ProfilerMissingError(AugError):
    """The profiler is not installed where a day is to be profiled."""

    code = "profiler_missing"


# --- where things are kept and run ---------------------------------------------------------------------
class LakeError(AugError):
    """The lake cannot be read or written."""

    code = "lake"


class ProvenanceError(LakeError):
    """Stored provenance does not say how a row was made."""

    code = "provenance"


class LakeUnreachableError(LakeError):
    """The storage did not answer."""

    code = "lake_unreachable"
    transient = True


class LakeFullError(LakeError):
    """The disk has no space left; nothing was published."""

    code = "lake_full"


class CommitConflictError(LakeError):
    """Another writer kept winning the race for this table."""

    code = "commit_conflict"
    transient = True


class UnsafeEndpointError(LakeError):
    """The S3 endpoint ignores conditional writes, so that two commits could both seem to win."""

    code = "unsafe_endpoint"


class ClusterUnreachableError(AugError):
    """No Dask scheduler answers at the address."""

    code = "cluster_unreachable"
    transient = True


class StaleWorkerError(AugError):
    """A Dask worker runs other code than the process that sent it work."""

    code = "stale_worker"
