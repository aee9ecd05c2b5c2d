"""The default store: a folder a session, with its journal (the truth) and its snapshot (what
people read).
"""
