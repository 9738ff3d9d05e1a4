"""Word counts and the BPE trainer."""
