"""lm-evaluation-harness without its own bars and messages: the commands show progress in one way."""

import contextlib
import functools
import logging
from collections.abc import Iterator

from model.export.quiet import without_bars

NOISY = ("lm_eval", "transformers")  # a line per window, and per document longer than one
BESIDE_THE_POINT = "lm_eval.api.registry"  # an error for each metric that it computes without the evaluate library


@contextlib.contextmanager
def quiet_harness() -> Iterator[None]:
    """Inside the block the harness, datasets and transformers print errors only, and no bars.

    The harness has no setting for the bar over a task's documents, and none for what it notes of the machine and of the
    working folder's Git commit with each task. For these it starts a dozen programs, two seconds of each task, and git
    complains outside a repository.
    """
    import datasets
    from lm_eval import evaluator
    from lm_eval.api import task

    loggers = {name: logging.getLogger(name) for name in (*NOISY, BESIDE_THE_POINT)}
    levels = {name: logger.level for name, logger in loggers.items()}
    disabled = datasets.are_progress_bars_disabled()
    tqdm, commit, machine = task.tqdm, evaluator.get_git_commit_hash, evaluator.add_env_info
    for name, logger in loggers.items():
        logger.setLevel(logging.ERROR if name in NOISY else logging.CRITICAL)
    datasets.disable_progress_bars()
    task.tqdm = functools.partial(tqdm, disable=True)
    evaluator.get_git_commit_hash, evaluator.add_env_info = lambda: None, lambda results: None
    try:
        with without_bars():
            yield
    finally:
        task.tqdm, evaluator.get_git_commit_hash, evaluator.add_env_info = tqdm, commit, machine
        for name, logger in loggers.items():
            logger.setLevel(levels[name])
        if not disabled:
            datasets.enable_progress_bars()


@contextlib.contextmanager
def from_cache_only() -> Iterator[None]:
    """Inside the block datasets come from the hub's cache, and those that are not there fail at once."""
    from datasets import config
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE = before
