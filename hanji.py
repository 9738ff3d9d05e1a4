"""Hanji as a library: what people ask for most, in one place, each a name of the packages.

    import hanji

    found = hanji.clean(["로그인 회원가입 장바구니", …])  # a row for each text; `dropped` names the rule, or is null
    unique = hanji.deduplicate(polars.read_parquet("pages.parquet"))  # the same frame without its near-duplicates
    encoder = hanji.train_tokenizer(unique, "my-tokenizer", vocab_size=32_000)
    hanji.count_tokens("runs/demo", encoder)                          # by split, source and language
    for batch in hanji.Loader("runs/packed", batch_size=8, epochs=1): …

Texts may be a list, an Arrow array or table, a Hugging Face dataset, a frame of polars or pandas, or anything else with
`__arrow_c_stream__`.
"""

from typing import TYPE_CHECKING

from corpus.lazy import named

if TYPE_CHECKING:
    from corpus.duplicates.dataset import drop_duplicates as deduplicate
    from corpus.duplicates.dataset import find_duplicates
    from corpus.errors import UserError
    from corpus.texts import clean
    from model.data.loader import Loader
    from tokenizer.encoding.encode import Encoder
    from tokenizer.texts import count_tokens, train_tokenizer

__all__ = [
    "Encoder",
    "Loader",
    "UserError",
    "clean",
    "count_tokens",
    "deduplicate",
    "find_duplicates",
    "train_tokenizer",
]

__getattr__ = named(
    __name__,
    {
        "clean": "corpus.texts:clean",
        "deduplicate": "corpus.duplicates.dataset:drop_duplicates",
        "find_duplicates": "corpus.duplicates.dataset:find_duplicates",
        "train_tokenizer": "tokenizer.texts:train_tokenizer",
        "count_tokens": "tokenizer.texts:count_tokens",
        "Encoder": "tokenizer.encoding.encode:Encoder",
        "Loader": "model.data.loader:Loader",
        "UserError": "corpus.errors:UserError",
    },
)
