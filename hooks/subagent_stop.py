#!/usr/bin/env -S python3 -I -S
"""The hook after a stop; it lives in agent_session.surfaces.hooks.subagent_stop."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../src")
from agent_session.surfaces.hooks.subagent_stop import main

sys.exit(main(sys.argv[1:]))
