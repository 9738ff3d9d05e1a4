"""What counting, training and encoding share."""
