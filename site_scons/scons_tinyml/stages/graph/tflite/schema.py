"""The TensorFlow Lite flatbuffer schema as Python classes, and the names of its enum values.

The classes come from the wheel `tflite-micro`. The generated module is loaded by its path: an import by name
would run the package's `__init__`, which loads the native interpreter, slow and not needed to read a file.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from scons_tinyml.records.errors import EnvironmentProblem

_PACKAGE = "tflite_micro"
_FILE = "tensorflow/lite/micro/python/schema_py_generated.py"


@cache
def schema() -> ModuleType:
    """Return the generated module. Raises EnvironmentProblem when the wheel is not installed."""
    package = PathFinder.find_spec(_PACKAGE, sys.path)
    folders = package.submodule_search_locations if package else None
    files = [file for folder in folders or () if (file := Path(folder, _FILE)).is_file()]
    spec = spec_from_file_location("scons_tinyml_tflite_schema", files[0]) if files else None
    if spec is None or spec.loader is None:
        raise EnvironmentProblem(
            "the Python package 'tflite-micro' with the TensorFlow Lite schema is not installed",
            hint="pip install scons-tinyml installs it, in a checkout ./bootstrap",
        )
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def enum_names(enum: str) -> dict[int, str]:
    """Return the name of each value of the schema's enum `enum`: {0: 'SAME', 1: 'VALID'} for Padding."""
    values = vars(getattr(schema(), enum))
    return {value: name for name, value in values.items() if name[0] != "_"}
