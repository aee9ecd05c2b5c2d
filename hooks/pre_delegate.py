#!/usr/bin/env -S python3 -I -S
"""The hook before a delegation; it lives in agent_session.surfaces.hooks.pre_delegate."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../src")
from agent_session.surfaces.hooks.pre_delegate import main

sys.exit(main(sys.argv[1:]))
