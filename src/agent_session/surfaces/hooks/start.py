"""What a host's registration runs, by its path: it finds the package from where it lies itself,
so that nothing has to be installed, and nothing of the project's is on the way.
"""

import sys

sys.path.insert(0, __file__.removesuffix("/agent_session/surfaces/hooks/start.py"))
from agent_session.surfaces.hooks.hosted import main

sys.exit(main(sys.argv[1:]))
