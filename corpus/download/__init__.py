"""Upstream files: where they are, how they are fetched, and the checksums that prove them."""
