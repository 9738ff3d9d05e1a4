"""What a folder contains, for people."""
