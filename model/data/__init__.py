"""Packed rows to batches."""
