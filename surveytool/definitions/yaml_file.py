"""Reads a YAML file; a damaged one becomes a problem to mend, and so does a key that is given twice."""

import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from surveytool.definitions.problems import DefinitionError, Problem


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        names = [key.value for key in keys]
        for place, key in enumerate(keys):
            if key.value in names[:place]:
                fault = f"the key '{key.value}' is given twice"
                raise yaml.constructor.ConstructorError(None, None, fault, key.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path) -> Any:
    """Return what a YAML file holds. Raises DefinitionError."""
    place = f"{file.parent.name}/{file.name}"
    try:
        return copy.deepcopy(_parsed(file.read_text("utf-8")))
    except (yaml.YAMLError, ValueError) as error:
        fault = f"it cannot be read: {' '.join(str(error).split())}"
        raise DefinitionError([Problem("yaml", place, fault, "Mend the line named")]) from None


@lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    """Return what a text holds; the shipped files are asked for again and again, and take long to parse."""
    return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
