"""The decoder: packed data, training, generation, evaluation, export."""
