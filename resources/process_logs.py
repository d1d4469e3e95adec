"""Keeping Dagster's hands off the logging of a process in which several runs or steps go on at once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance


def share(instance: "DagsterInstance") -> "DagsterInstance":
    """Let runs and steps with this instance start while others of the same process are logging.

    For each of them Dagster configures the process's logging anew to find handlers from dagster.yaml, even
    when there are none. That takes logging's own lock and then every handler's; a thread that is just
    logging holds its handler and asks for logging's lock, and both wait for ever. Without handlers to find,
    nothing is lost by not looking.
    """
    if not instance.get_python_log_dagster_handler_config():
        instance.get_yaml_python_handlers = list  # type: ignore[method-assign]
    return instance
