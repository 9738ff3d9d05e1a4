"""transformers without its progress bars, which are on standard error before our lines."""

import functools
import logging as loggers
from collections.abc import Iterator
from contextlib import contextmanager

# They warn when transformers loads torchao with a model: of kernels for other machines, and of their own code.
NOISY = ("torchao", "torch.utils._pytree")


@contextmanager
def without_bars() -> Iterator[None]:
    """Inside the block transformers shows no progress bars, and torchao loads without a word.

    Its reader of GGUF files has a bar of its own, which no setting turns off.
    """
    from transformers import modeling_gguf_pytorch_utils as gguf
    from transformers.utils import logging

    shown, tqdm = logging.is_progress_bar_enabled(), gguf.tqdm
    logging.disable_progress_bar()
    gguf.tqdm = functools.partial(tqdm, disable=True)
    levels = {name: loggers.getLogger(name).level for name in NOISY}
    for name in NOISY:
        loggers.getLogger(name).setLevel(loggers.ERROR)
    try:
        yield
    finally:
        for name, level in levels.items():
            loggers.getLogger(name).setLevel(level)
        gguf.tqdm = tqdm
        if shown:
            logging.enable_progress_bar()
