"""The MCP server: what an agent may do with its session and its requests, as tools.

Nothing here decides: an agent asks, looks, and uses what a person has answered.
"""
