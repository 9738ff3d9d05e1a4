"""The decoder: packed data, training, generation, evaluation, export."""

import os

# Threads that wait by spinning are fine on a machine of one's own. On two shared cores, with three other busy processes, a step of
# `tiny` took 3.5 times as long with spinning threads as with sleeping ones. OpenMP reads this when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
