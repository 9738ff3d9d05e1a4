"""What a recipe is worth to a model: the same model trained on the text of several recipes, compared on the same texts.

Read in this order: held_out (the texts that no recipe's model may see, and their removal from every corpus), scores
(bits per byte of one trained model), summary (means, intervals over seeds, differences), page.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "choose_texts": "held_out",
        "write_corpus": "held_out",
        "score_run": "scores",
        "summarise": "summary",
        "write_page": "page",
    },
)
