"""A corpus as fixed rows of token ids."""
