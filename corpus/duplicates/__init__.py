"""Near-duplicate documents: shingles, signatures, candidate pairs, verified clusters."""
