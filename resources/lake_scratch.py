"""Small files that the workers of one run share. Lost with the run; nothing published lives here."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from resources.lake_errors import typed_errors
from resources.lake_storage import Storage
from resources.parquet_parts import check_word


@dataclass(frozen=True)
class Scratch:
    """The shared directory of one run; picklable."""

    storage: Storage

    def put(self, name: str, data: bytes) -> str:
        """Write a file and return its name, which is what travels to the workers.

        Args:
            name: A plain file name.
            data: The whole content.
        """
        check_word("The name of a scratch file", name)
        self.storage.ensure_safe()
        self.storage.put(name, data)
        return name

    def get(self, name: str) -> bytes:
        """Read a file that any process of the run wrote."""
        return self.storage.get(name)

    def cleanup(self) -> None:
        """Remove everything; a second call finds nothing to do."""
        with typed_errors("remove scratch files", self.storage.uri):
            if not self.storage.is_s3:
                if Path(self.storage.uri).exists():
                    shutil.rmtree(self.storage.uri)
                return
            filesystem = self.storage.filesystem()
            # By object: some servers keep an empty "directory", which a recursive removal trips over.
            for key in filesystem.find(self.storage.path()):
                filesystem.rm_file(key)
