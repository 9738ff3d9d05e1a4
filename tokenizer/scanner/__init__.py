"""Text to pre-tokens: patterns and the scanner."""
