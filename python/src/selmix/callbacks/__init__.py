"""Callbacks that tune the head at the end of each epoch: `lightning`, `transformers`, `keras`, and `epochs` for loops of one's own."""
