"""transformers without its progress bars, which are on standard error before our lines."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_bars() -> Iterator[None]:
    """Inside the block transformers shows no progress bars.

    Its reader of GGUF files has a bar of its own, which no setting turns off.
    """
    from transformers import modeling_gguf_pytorch_utils as gguf
    from transformers.utils import logging

    shown, tqdm = logging.is_progress_bar_enabled(), gguf.tqdm
    logging.disable_progress_bar()
    gguf.tqdm = functools.partial(tqdm, disable=True)
    try:
        yield
    finally:
        gguf.tqdm = tqdm
        if shown:
            logging.enable_progress_bar()
