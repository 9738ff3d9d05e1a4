"""The model as transformers loads it, and weights read back."""
