"""Near-duplicate documents: shingles, signatures, candidate pairs, verified clusters.

For a column of your own: dataset. For files of your own: inputs (how they are read and copied), then files; beside
earlier datasets: index, lookup (what is alike in it), against. How it works, in this order: shingles and minhash (a
document as a signature), match (the whole algorithm, one call a stage), then its stages: plan, documents, candidates,
shuffle, verify, clusters, join; report shows what was found.
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
        "MatchSettings": "plan",
        "MinHashSettings": "minhash",
        "signatures": "minhash",
        "ShingleSettings": "shingles",
        "shingle": "shingles",
    },
)
