"""The rules, pure: no files, no clock, no randomness, no logging.  Time and ids come in as arguments."""
