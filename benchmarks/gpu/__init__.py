"""Measurements that need a GPU, in two calls of a few minutes each: `python -m benchmarks.gpu --call 1` and `--call 2`.

Read __main__ (the stages and their limits), speed (one contestant through the real Trainer), ceilings (the limits of
the card), curves (bits per byte against FLOPs), rows (synthetic packed data).
"""
