"""Tasks that a rerun skips, and the processes that run them."""
