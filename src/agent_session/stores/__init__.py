"""Where sessions are kept: each store does the input and output, and knows no rule."""
