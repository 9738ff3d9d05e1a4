"""What only a GPU can show, in two calls of a few minutes each: `python -m benchmarks.gpu --call 1` and `--call 2`.

Read __main__ (the stages and their limits), speed (one contestant through the real Trainer), ceilings (what the card
can do at all), curves (bits per byte against FLOPs), rows (made-up packed data).
"""
