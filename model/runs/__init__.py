"""A run as a folder: checkpoints, and the settings and tokenizer that evaluation and export need."""
