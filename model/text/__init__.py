"""Prompts to text.

Read in this order: generate (several prompts at a time, a key-value cache, sampling), vocabulary (a stream of text in
whole characters). `generate()` itself is imported from model.text.generate.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Sampling": "generate",
        "generate_batch": "generate",
        "continuations": "generate",
        "open_tokenizer": "generate",
        "TextStream": "vocabulary",
    },
)
