"""The decorator of functions that kernels call: compiled without reference counts.

Numba counts an array whenever a function takes it, keeps it in a variable or takes it out of a tuple, with an atomic
instruction. It leaves out counts that cancel out within a block, but not those in a loop with several exits, and a
function that is not inlined counts all its arrays at each call: 27 % of the time of all kernels of a build were two
instructions of NRT_incref and NRT_decref. The arrays of an inner function belong to the kernel that calls it, which
holds them until it returns, so nothing needs to be counted.

Such a function makes no array (Numba refuses to compile one that does), and neither does what it calls.
"""

from numba import njit

inner = njit(_nrt=False)  # type: ignore[call-overload]  # the stubs of Numba do not have this option
