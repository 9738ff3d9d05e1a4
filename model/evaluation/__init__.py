"""Scores: lm-evaluation-harness, bits per byte, and the tables that show them."""
