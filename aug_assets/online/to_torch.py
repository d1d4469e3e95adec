"""A stream as a dataset of PyTorch, where that is installed. Knows nothing of PyTorch itself."""

from typing import Any

from aug_assets.errors import StreamError, TorchMissingError


def dataset(stream: Any, convert: Any, style: str) -> Any:
    """See :meth:`aug_assets.online.AugmentedStream.torch`."""
    try:
        from aug_assets.online import torch_sets
    except ImportError as error:
        raise TorchMissingError(
            "PyTorch is not installed", seen=str(error), legal="the package torch",
            todo="install it, or iterate over the stream itself",
        ) from error  # fmt: skip
    styles = {"iterable": torch_sets.Batches, "map": torch_sets.Rows}
    if style not in styles:
        raise StreamError("there is no such style", seen=style, legal=sorted(styles), todo="correct `style`")
    return styles[style](stream, convert)
