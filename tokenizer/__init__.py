"""Tokenizers: pre-token scanner, word counts, BPE trainer and encoder, and the metrics that compare them.

Read the folders in this order: scanner (text to pre-tokens), training (word counts, merges, the tokenizer directory),
encoding (text to ids), analysis (the metrics of a tokenizer), page (the report); kernels (what they share). job.py is a
whole training: superwords.py learns tokens of several words, target.py and candidates.py search weights of languages
and shares of superwords, tradeoff.py measures them. report.py makes fertility.json from the metrics, texts.py has the
calls for texts in memory, directory.py the names of the files in a tokenizer directory.

`corpus` is imported first because it sets Numba's cache folder.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Encoder": "encoding.encode",
        "train": "training.bpe",
        "count_shards": "training.counts",
        "write_tokenizer": "training.files",
        "as_subject": "analysis.subject",
        "measure": "analysis.fertility",
    },
)
