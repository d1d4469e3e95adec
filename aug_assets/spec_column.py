"""The part of a spec about one column: its type, and what its values may be."""

from typing import Literal

from pydantic import Field, StrictInt, StrictStr, field_validator, model_validator

from aug_assets.spec_source import Strict

NUMERIC = ("int32", "int64", "float32", "float64")
WHOLE = ("int32", "int64")
TEXT = ("string", "category", "text")
PICTURES = ("image", "mask", "depth")
ONCE = ("image", "depth", "boxes", "points")  # a dataset may have one such column
OBJECTS = (*PICTURES, "boxes", "points")
PAYLOAD = (*OBJECTS, "text")  # what operators of other modalities than tables change


class ColumnSpec(Strict):
    """One column: its type and what its values may be."""

    type: Literal[
        "int32", "int64", "float32", "float64", "string", "category", "bool", "timestamp", "date",
        "text", "image", "mask", "depth", "boxes", "points",
    ]  # fmt: skip
    from_: str | None = Field(None, alias="from", description="The column's name in the raw data, if another")
    description: str = ""
    nullable: bool = False
    each: bool = Field(
        default=False, description="One value an event: a row, which is a session, holds a list"
    )
    dtype: Literal["uint8", "uint16", "int16", "float32"] | None = Field(
        None, description="Of an image's pixels; mixed bit depths are then refused"
    )
    channels: int | None = Field(None, ge=1, le=4, description="Of an image: 1 for grey, 3 for colour")
    objects_in: str | None = Field(
        None,
        description="For boxes: the mask whose values mark their objects; boxes are measured anew from it",
    )
    unique: bool = Field(
        default=False, description="Among real rows; a synthetic row repeats its parent's text"
    )
    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)
    values: tuple[StrictStr | StrictInt, ...] | None = Field(
        None, min_length=1, description="The only legal values"
    )
    max_length: int = Field(1000, ge=1, description="Characters, for string and category")
    decimals: int | None = Field(None, ge=0, le=12, description="Synthetic values are rounded to this")
    derive: str | None = Field(
        None, max_length=500, description="Formula over other columns; always recomputed, never learned"
    )
    not_below: str | None = Field(
        None, description="A column that this one is never below; operators change the difference"
    )
    null_when: str | None = Field(
        None, max_length=500, description="Condition under which the value is missing, and only then"
    )
    synthesize: bool | None = Field(
        None, description="Whether operators may change the column; false copies the parent's value"
    )

    @field_validator("values", mode="before")
    @classmethod
    def _quoted(cls, values: object) -> object:
        """YAML reads a bare NO, ON or YES as a truth value, which would be kept as 0 or 1."""
        truths = [v for v in values if isinstance(v, bool)] if isinstance(values, list | tuple) else []
        if truths:
            raise ValueError(f"YAML reads a value here as {truths[0]}; quote it, such as 'NO' or 'yes'")
        return values

    @model_validator(mode="after")
    def _bounds(self) -> "ColumnSpec":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        ranged = (*NUMERIC, "image", "depth")
        if (self.min is not None or self.max is not None) and self.type not in ranged:
            raise ValueError(f"min and max are for {', '.join(ranged)}; this column is {self.type}")
        if (self.dtype or self.channels) and self.type != "image":
            raise ValueError(f"dtype and channels are for image; this column is {self.type}")
        if self.objects_in and self.type != "boxes":
            raise ValueError(f"objects_in is for boxes; this column is {self.type}")
        if self.each and (self.type in PAYLOAD or self.derive or self.not_below or self.null_when):
            raise ValueError(f"`each` is for plain columns without ties; this column is {self.type}")
        if self.decimals is not None and self.type not in ("float32", "float64"):
            raise ValueError(f"decimals are for float32 and float64; this column is {self.type}")
        return self

    @model_validator(mode="after")
    def _values_fit(self) -> "ColumnSpec":
        if self.values is None:
            return self
        listed = (*NUMERIC, *TEXT, "mask", "boxes", "points")
        if self.type not in listed:
            raise ValueError(f"values are for {', '.join(listed)}; this column is {self.type}")
        wanted = str if self.type in (*TEXT, "boxes", "points") else int
        odd = [value for value in self.values if not isinstance(value, wanted)]
        if odd:
            raise ValueError(f"value {odd[0]!r} can never be in a column of type {self.type}")
        return self
