#!/usr/bin/env -S python3 -I -S
"""The hook after an agent has stopped; what it does is in src/agent_session/surfaces/hooks/subagent_stop.py."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../src")
from agent_session.surfaces.hooks.subagent_stop import main

sys.exit(main(sys.argv[1:]))
