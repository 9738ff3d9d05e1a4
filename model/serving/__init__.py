"""A page on this machine to try what a base model writes: `hanji generate --serve`.

Read in this order: models (which models and checkpoints there are, and the last two that were opened), server (the page
and its requests), templates/completions.html.
"""

from corpus.lazy import public

__getattr__ = public(__name__, {"Models": "models", "CompletionServer": "server"})
