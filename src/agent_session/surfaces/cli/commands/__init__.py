"""The verbs, a file each: a table of what it takes, and `run`, which calls one service, prints,
and gives the status.
"""
