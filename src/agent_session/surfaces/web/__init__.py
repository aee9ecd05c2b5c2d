"""The web page: an inbox for a person at a browser of this machine, and what each session has
done.

`server` listens, `app` has the table of addresses, `guard` and `doors` stand before all of
them; `inbox` and `sessions` are the pages, which `live` keeps as things are now. Needs the
extra `web`.
"""
