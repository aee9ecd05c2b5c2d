#!/usr/bin/env python3
"""The published path of the command line, and of the import: a thin door to the package.

This file bears the package's name. So it takes its folder off the path and itself out of
`sys.modules`, lets the package in, and puts the path back as it was.
"""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))


def load_package():
    """The real `agent_session`: the one beside this folder, else the one that is installed."""
    sources = os.path.join(os.path.dirname(os.path.dirname(HERE)), "src")
    before = sys.path[:]
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != HERE]
    if os.path.isdir(os.path.join(sources, "agent_session")):
        sys.path.insert(0, sources)
    if not hasattr(sys.modules.get("agent_session"), "__path__"):
        sys.modules.pop("agent_session", None)
    try:
        import agent_session
    finally:
        sys.path[:] = before
    return agent_session


try:
    package = load_package()
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    sys.exit(f"{error}; keep this folder in its checkout, or install agent-session with pip")


def __getattr__(name):
    """Whoever has loaded this very file still gets the package's names."""
    return getattr(package, name)


if __name__ == "__main__":
    from agent_session.surfaces.cli import main

    sys.exit(main())
