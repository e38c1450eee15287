"""Object code on disk: code that numba has compiled once is loaded by later processes without numba.

numba takes longer to import than a short run takes. llvmlite, the base of numba, loads its object code in
milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir
from typing import Any

from llvmlite import binding as llvm

from scons_tinyml import resources

SYMBOL = "tinyml_entry"
_SPEED_LEVEL = 3
_loaded: list[Any] = []  # engines, which keep their code alive


def entry(name: str, digest: str, build: Callable[[], list[str]], *, keep: Callable[[], bool]) -> int:
    """Return the address of `SYMBOL` in the LLVM modules that `build` returns as text, from disk if stored.

    `digest` is of all dependencies of `build`, besides numba and the processor. `keep` is as in
    `object_code`.
    """
    return _load(object_code(name, digest, lambda: compiled(build(), _host_machine()), keep=keep))


def object_code(
    name: str, digest: str, build: Callable[[], bytes], *, keep: Callable[[], bool] = lambda: True
) -> bytes:
    """Return the result of `build`, stored in a file until `digest`, the processor or numba changes.

    `keep` is called after `build`, and returns whether the code may be stored.
    """
    path = object_file(name, digest)
    try:
        return path.read_bytes()
    except OSError:
        code = build()
    if keep():
        _keep(path, code)
    return code


def object_file(name: str, digest: str) -> Path:
    """Return the path of stored object code."""
    host = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    made_by = f"{version('numba')} {version('llvmlite')}"
    key = sha256(f"{digest} {host} {made_by}".encode()).hexdigest()[:16]
    return cache_folder() / f"{name}-{key}.o"


@cache
def cache_folder() -> Path:
    """Return a folder of the user that all checkouts share, or else one beside the sources.

    The last choice is the folder of temporary files.
    """
    for folder in (resources.cache_folder() / "native", Path(__file__).parent / "__pycache__"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(gettempdir())


def _keep(path: Path, code: bytes) -> None:
    """Write a file whole or not at all. Without it the next process compiles again."""
    try:
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(code)
        os.replace(file.name, path)
    except OSError:
        return


def compiled(texts: Sequence[str], machine: Any, kept: Sequence[str] = ()) -> bytes:
    """Return the object code of modules of which only `SYMBOL` and `kept` are called from outside."""
    module = llvm.parse_assembly("")
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)
    for text in texts:
        module.link_in(llvm.parse_assembly(text))
    for function in module.functions:
        if not function.is_declaration and function.name not in (SYMBOL, *kept):
            function.linkage = "internal"
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(_SPEED_LEVEL))
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _load(code: bytes) -> int:
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _host_machine())
    _loaded.append(engine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address(SYMBOL))


def _host_machine() -> Any:
    """Return a target machine for this processor. Each engine owns one."""
    return machine(
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


def machine(cpu: str, features: str, **options: Any) -> Any:
    """Return a target machine for the processor `cpu`, with the `options` of LLVM."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=cpu, features=features, opt=_SPEED_LEVEL, **options)
