"""YAML that does not guess: a key given twice and a date that does not exist are errors with a line."""

from typing import Any

import yaml


class StrictLoader(yaml.SafeLoader):
    """The safe loader, which by itself keeps the last of two equal keys and loses the line of a bad date."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """A mapping whose keys differ; keys of a merge (``<<``) may be replaced, as YAML says."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice", key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _timestamp(loader: StrictLoader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value!r} is no date: {error}", node.start_mark
        ) from error


StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
