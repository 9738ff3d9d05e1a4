"""Tokenizers: pre-token scanner, word counts, BPE trainer and encoder, and the measures that compare them.

Importing `corpus` first tells Numba where compiled kernels are kept.
"""

import corpus  # noqa: F401
