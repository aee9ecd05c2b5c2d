"""This machine's own disk, for whatever is kept on it: one seam, and what goes through it."""
