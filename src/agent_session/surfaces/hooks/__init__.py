"""The hooks: a program each, JSON on stdin, one JSON answer on stdout, exit status 0 whatever
comes in.
"""
