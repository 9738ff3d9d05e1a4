"""Text to the token ids that HF tokenizers gives.

Read in this order: encode (the encoder), definition (what a tokenizer.json may contain), merge (its kernels), segments
(added tokens and normalisation), checks (what is rejected), vocabulary (the bytes of each token), ranks and pieces
(tiktoken's and SentencePiece's files).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Encoder": "encode",
        "Definition": "definition",
        "Unsupported": "definition",
        "define": "definition",
        "Vocabulary": "vocabulary",
    },
)
