"""Reads YAML with libyaml where it is there: the files of a deployment are read by every process that starts."""

from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """What the text holds. Raises `yaml.YAMLError`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # both are safe loaders
