"""Which files a uri, a folder or a pattern names."""

import glob
import posixpath
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Files:
    """Files of one filesystem.

    Attributes:
        filesystem: Of fsspec.
        paths: Sorted, as the filesystem names them.
        root: The folder that they are below, without the parts of a pattern.
    """

    filesystem: Any
    paths: list[str]
    root: str

    def address(self, path: str) -> str:
        """A path that says which filesystem it is of; on this machine the path alone."""
        local = "file" in self.filesystem.protocol
        return path if local else str(self.filesystem.unstrip_protocol(path))


def find(uri: str) -> Files:
    """The files that a uri names.

    Names that begin with a dot or an underscore are what writers leave beside data, such as ``_SUCCESS``.

    Raises:
        FileNotFoundError: There is none.
        OSError: Or whatever else a storage library raises.
    """
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(uri)
    pattern = glob.has_magic(path)
    if not pattern:
        if not filesystem.exists(path):
            raise FileNotFoundError(uri)
        if not filesystem.isdir(path):
            return Files(filesystem, [path], posixpath.dirname(path))
    found = filesystem.glob(path, detail=True) if pattern else filesystem.find(path, detail=True)
    below = "" if pattern else path
    paths = sorted(name for name, about in found.items() if about["type"] == "file" and _is_data(name, below))
    if not paths:
        raise FileNotFoundError(uri)
    return Files(filesystem, paths, _plain_part(path) if pattern else path)


def _plain_part(pattern: str) -> str:
    """The folders of a pattern before the first that varies."""
    parts = posixpath.dirname(pattern).split("/")
    varies = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return "/".join(parts[:varies])


def _is_data(name: str, root: str) -> bool:
    parts = name.removeprefix(root).strip("/").split("/") if root else [name.rpartition("/")[2]]
    return not any(part.startswith((".", "_")) for part in parts)
