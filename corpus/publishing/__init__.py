"""What goes beside a corpus or a tokenizer when others get it: cards and metadata, filled from the files of the folder.

card writes README.md of a corpus and of a tokenizer, metadata the machine-readable description of a corpus. The model
card of an export is written when it is exported (model/export/model_card.py). front_matter has what all of them begin
with.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {"dataset_card": "card", "tokenizer_card": "card", "concerns": "card", "croissant": "metadata"},
)
