"""The decorators of compiled functions: `kernel` for those that Python calls, `inner` and `helper` for those that
kernels call.

Numba treats every function as if Python called it: it optimises it, makes machine code and two wrappers for each.
A function that only kernels call is a part of their code, where it is optimised again; all that is done for it alone
was a third of the time that a first run waits for its kernels. So `inner` and `helper` stop where the function can be
linked. Calling one from Python is an error (SystemError).

`inner` functions are compiled without reference counts, too. Numba counts an array whenever a function takes it, keeps
it in a variable or takes it out of a tuple, with an atomic instruction. It leaves out counts that cancel out within a
block, but not those in a loop with several exits, and a function that is not inlined counts all its arrays at each
call: 27 % of the time of all kernels of a build were two instructions of NRT_incref and NRT_decref. The arrays of an
inner function belong to the kernel that calls it, which holds them until it returns, so nothing needs to be counted.
Such a function makes no array (Numba refuses to compile one that does), and neither does what it calls. One that makes
an array is a `helper`.
"""

import ctypes
from typing import Any

from numba import njit
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, PassManager, register_pass
from numba.core.typed_passes import AnnotateTypes


@ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
def _nothing(function: int, arguments: int, named: int) -> None:
    """What Python calls instead of such a function: no result, which the interpreter reports as a SystemError."""


class _Linked(JITCodeLibrary):
    """The code of a function that kernels call: only ever linked into theirs, optimised there, never run by itself."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """The address of what Python calls."""
        self._ensure_finalized()
        return ctypes.cast(_nothing, ctypes.c_void_p).value or 0

    @property
    def codegen(self) -> Any:
        """What keeps the objects of a function's Python side: it has none."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing to keep."""


@register_pass(mutates_CFG=False, analysis_only=True)
class _BeLinked(AnalysisPass):
    _name = "be_linked"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Choose where the function's code goes."""
        state.library = _Linked(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class _Linking(CompilerBase):
    """Numba's own steps of compiling, and that one before the last."""

    def define_pipelines(self) -> list[PassManager]:
        """The steps in their order."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.add_pass_after(_BeLinked, AnnotateTypes)
        steps.finalize()
        return [steps]


_compiled: Any = njit  # the stubs of Numba do not have all options
_LINKED = {"pipeline_class": _Linking, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
kernel = _compiled(cache=True, nogil=True, no_cfunc_wrapper=True)
helper = _compiled(**_LINKED)
inner = _compiled(_nrt=False, **_LINKED)
