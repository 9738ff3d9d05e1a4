"""What is measured of a tokenizer: fertility, parity, morphology, vocabulary."""
