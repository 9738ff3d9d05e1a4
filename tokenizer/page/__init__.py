"""The fertility report as one HTML page."""
