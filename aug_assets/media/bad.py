"""Why a file cannot become a picture of a dataset; each becomes a reason of quarantine, ``code:column``."""

from typing import ClassVar


class BadPicture(ValueError):  # noqa: N818 - a finding about a value, which ends as a reason and not as an error
    """Base of all such findings; the message is for whoever calls the readers directly."""

    code: ClassVar[str] = "not_an_image"


class NotAnImage(BadPicture):
    """The bytes are no PNG, JPEG, TIFF or DICOM, whatever the file is called."""


class NotFound(BadPicture):
    """No such file, or none that may be read."""

    code = "not_found"


class ZeroSize(BadPicture):
    """The file is empty, or its picture has no rows or columns."""

    code = "zero_size"


class Truncated(BadPicture):
    """The file ends before its picture does."""

    code = "truncated"


class Damaged(BadPicture):
    """The file is whole and its content contradicts itself."""

    code = "damaged"


class TooLarge(BadPicture):
    """More bytes or pixels than one row may have; nothing was unpacked."""

    code = "too_large"


class Frames(BadPicture):
    """The file holds several pictures, and a row is one."""

    code = "frames"


class Channels(BadPicture):
    """The channels are not what the column says, or it leaves open what to do with transparency."""

    code = "channels"


class Depth(BadPicture):
    """No picture has pixels of this type."""

    code = "dtype"


class Compressed(BadPicture):
    """A DICOM file in a compression that cannot be undone here."""

    code = "compressed"


class Rescale(BadPicture):
    """A DICOM file whose values need a slope and an intercept that no column of the dataset keeps."""

    code = "rescale"


class Photometric(BadPicture):
    """A DICOM file in which 0 is white, or values are places in a palette, and no column keeps that."""

    code = "photometric"
