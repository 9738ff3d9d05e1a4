"""The metrics of a tokenizer: fertility, parity, morphology, vocabulary.

Read in this order: subject (any tokenizer behind one interface), metrics (the table of what is computed), fertility
(with tally, its kernel, and survey, its pass over a corpus), bootstrap (intervals), efficiency, parity, morphology
(with morphology_analysis), vocabulary (with vocabulary_kernel, vocabulary_families and scripts), word_list, spans,
limits (figures that make a build fail), peers and packaged (tokenizers to compare with). `measure` is the function of
fertility; that of morphology is imported from its file.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "measure": "fertility",
        "Sums": "fertility",
        "Subject": "subject",
        "as_subject": "subject",
        "open_subject": "subject",
        "compare": "parity",
        "read_parallel": "parity",
        "renyi_efficiency": "efficiency",
        "analyse": "vocabulary",
        "find_peers": "peers",
        "parse_limit": "limits",
        "single_token_rate": "word_list",
    },
)
