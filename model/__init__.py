"""The decoder: packed data, training, generation, evaluation, export.

Read the folders in this order: packing (a corpus as rows of tokens), data (rows to batches), network (the decoder and
its loss), training (the loop), runs (the files of a run), text (generation), export (transformers), evaluation,
inspection (a folder's content in readable form). config.py reads the settings of a run; configs/ contains those of the
package.
"""

import os

from corpus.lazy import public

# Threads that wait by spinning are fine on an idle machine. On two shared cores with three other busy processes a step
# of `tiny` took 3.5 times as long with spinning threads as with sleeping ones. OpenMP reads this when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

__getattr__ = public(
    __name__,
    {
        "Decoder": "network.decoder",
        "Loader": "data.loader",
        "PackedData": "data.packed",
        "Trainer": "training.trainer",
        "Config": "config",
        "load_config": "config",
        "Checkpoints": "runs.checkpoint",
        "open_pretrained": "export.pretrained",
    },
)
