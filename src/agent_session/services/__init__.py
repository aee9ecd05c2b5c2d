"""What can be done with sessions, whatever the store: each use case takes a store, a clock and
the settings.
"""
