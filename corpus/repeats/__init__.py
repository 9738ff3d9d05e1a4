"""Paragraphs and longer stretches that occur twice, and the cuts that take them out."""
