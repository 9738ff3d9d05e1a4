"""Near-duplicate documents: shingles, signatures, candidate pairs, verified clusters.

For your own column see dataset; for your own files see rows and inputs (how they are read and copied), then files; to
compare with earlier datasets see index, lookup (similar documents in an index), against. How it works, in this order:
shingles and minhash (a document as a signature), match (the whole algorithm, one call a stage), then its parts: job,
documents, candidates, shuffle, verify, facts, clusters, join; report describes the result.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "NearDuplicateSettings": "dataset",
        "find_duplicates": "dataset",
        "drop_duplicates": "dataset",
        "cluster_sizes": "dataset",
        "rehydration": "dataset",
        "deduplicate_files": "files",
        "MatchSettings": "job",
        "MinHashSettings": "minhash",
        "signatures": "minhash",
        "ShingleSettings": "shingles",
        "shingle": "shingles",
    },
)
