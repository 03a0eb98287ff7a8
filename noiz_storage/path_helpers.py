"""Path helpers."""
