"""Dependencies of stages beside files: versions of packages."""

from importlib.metadata import version

from site_tools.tinyml.dependencies import signatures


def test_versions_are_those_of_the_packages():
    names = ("numpy", "tensorflow-cpu", "tflite-micro", "animal-mnist")
    assert signatures.packages(*names) == signatures.canonical({name: version(name) for name in names})
    assert signatures.packages("no-such-package") == '{"no-such-package":"absent"}'
