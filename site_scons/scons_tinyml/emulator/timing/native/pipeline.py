"""Front end of numba alone: it makes LLVM code of a function, which is optimized once for a whole module.

numba compiles a function to machine code. So it optimizes every function again in each of its callers, anew
for each type and each constant argument. That took three of four seconds. Here

- a function is compiled for one set of types: numbers are 64 bits wide, from any field,
- only the passes of numba run that this code needs: types are inferred, then LLVM code is written,
- `int`, `min` and `max` are single instructions, not functions of numba,
- LLVM sees all functions together, once: objects.py.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir as llvm_ir
from numba.core import compiler, funcdesc, lowering, types
from numba.core import ir as numba_ir
from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.codegen import CodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import FunctionPass, LoweringPass, PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.extending import intrinsic

Advance = Callable[[], object]
_I64 = llvm_ir.IntType(64)
_listeners: list[Advance] = []
declared: list[Function] = []
"""All functions of native code that were imported: most of them are compiled for every core."""


@contextmanager
def following(advance: Advance) -> Iterator[None]:
    """Call `advance` for each function that is compiled meanwhile."""
    _listeners.append(advance)
    try:
        yield
    finally:
        _listeners.remove(advance)


class Code(CodeLibrary):
    """LLVM code of one function as text, and the libraries of its callees."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        self.texts: list[str] = []
        self.callees: list[Any] = []

    def add_ir_module(self, ir_module: Any) -> None:
        """Keep the text of a module."""
        self.texts.append(str(ir_module))

    def add_linking_library(self, library: Any) -> None:
        """Keep the library of a callee."""
        self.callees.append(library)

    def finalize(self) -> None:
        """Do nothing: the linker of the module optimizes it."""

    def get_function(self, name: str) -> Any:
        """Raise NotImplementedError: no machine code is made here."""
        raise NotImplementedError(name)

    def get_llvm_str(self) -> str:
        """Return the code as text, without that of callees."""
        return "\n".join(self.texts)

    def get_asm_str(self) -> str:
        """Raise NotImplementedError, see `get_function`."""
        raise NotImplementedError(self.name)


def modules(library: Any) -> list[str]:
    """Return LLVM modules of a function and of all its callees, each once."""
    texts: list[str] = []
    seen: set[int] = set()
    pending = [library]
    while pending:
        found = pending.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, Code):
            texts += found.texts
            pending += found.callees
        else:  # a function of numba's own, including its callees
            found.get_pointer_to_function("")  # finishes it
            texts.append(found.get_llvm_str())
    return texts


def _extended(builder: Any, kind: Any, value: Any) -> Any:
    """Return a number extended to 64 bits."""
    if kind.bitwidth == _I64.width:
        return value
    return (builder.sext if getattr(kind, "signed", False) else builder.zext)(value, _I64)


def _integer(_typing: Any, value: Any) -> Any:
    def emit(_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _extended(builder, signature.args[0], arguments[0])

    return types.int64(types.unliteral(value)), emit


def _chosen(relation: str) -> Callable[..., Any]:
    def choose(_typing: Any, _one: Any, _other: Any) -> Any:
        def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.select(builder.icmp_signed(relation, *arguments), *arguments)

        return types.int64(types.int64, types.int64), emit

    return choose


_INSTEAD = {
    builtins.int: intrinsic(_integer),
    builtins.min: intrinsic(_chosen("<=")),
    builtins.max: intrinsic(_chosen(">=")),
}
"""Replacements of Python's functions, which are calls of functions in numba."""


@register_pass(mutates_CFG=False, analysis_only=False)
class _Builtins(FunctionPass):
    """Pass that replaces Python's functions of numbers with single instructions."""

    _name = "tinyml_builtins"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            for assignment in block.find_insts(numba_ir.Assign):
                value = assignment.value
                if isinstance(value, numba_ir.Global) and value.value in (int, min, max):
                    assignment.value = numba_ir.Global(value.name, _INSTEAD[value.value], value.loc)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(LoweringPass):
    """numba's NativeLowering, which ends with the LLVM code."""

    _name = "tinyml_lowering"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        context, flags = state.targetctx, state.flags
        state.library = library = Code(context.codegen(), state.func_id.func_qualname)
        described = funcdesc.PythonFunctionDescriptor.from_specialized_function(
            state.func_ir,
            state.typemap,
            state.return_type,
            state.calltypes,
            mangler=context.mangler,
            inline=flags.forceinline,
            noalias=flags.noalias,
            abi_tags=[flags.get_mangle_string()],
        )
        with context.push_code_library(library):
            lower = lowering.Lower(context, library, described, state.func_ir, metadata=state.metadata)
            lower.lower()
        name = described.mangled_name  # callers find it by this name
        context.insert_user_function(name, described, [library])
        state["cr"] = compiler._LowerResult(described, lower.call_helper, cfunc=name, env=lower.env)
        return True


class _Pipeline(compiler.CompilerBase):
    """Passes of numba's own pipeline that functions of numbers and records need."""

    _PASSES = (
        untyped.TranslateByteCode,
        untyped.FixupArgs,
        untyped.IRProcessing,
        _Builtins,
        untyped.ReconstructSSA,
        typed.NopythonTypeInference,
        typed.PreLowerStripPhis,
        typed.IRLegalization,
        _Lowering,
        typed.NoPythonBackend,
    )

    def define_pipelines(self) -> list[Any]:
        passes = PassManager("tinyml")
        for one in self._PASSES:
            passes.add_pass(one, one._name)
        passes.finalize()
        return [passes]


def _width(kind: Any) -> Any:
    general = types.unliteral(kind)
    return types.int64 if isinstance(general, types.Integer) else general


class Function(CPUDispatcher):
    """Python function that is compiled when a caller is compiled."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        super().__init__(function, targetoptions={"nopython": True, **options}, pipeline_class=_Pipeline)
        declared.append(self)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Do as numba, for numbers of one width."""
        wide = {name: _width(kind) for name, kind in kws.items()}
        return super().get_call_template(tuple(_width(kind) for kind in args), wide)

    def add_overload(self, cres: Any) -> None:
        """Do as numba, for code that Python cannot call."""
        self.overloads[tuple(cres.signature.args)] = cres
        for advance in _listeners:
            advance()


def llvm_code(function: Any, signature: Any) -> tuple[str, list[str]]:
    """Return the name of a `Function` in LLVM, and the modules that it is made of."""
    with global_compiler_lock:
        function.compile(signature)
        result = function.overloads[tuple(signature.args)]
        return result.fndesc.mangled_name, modules(result.library)
