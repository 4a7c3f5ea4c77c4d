"""`python -m zhigan.processes hot|web ROLES` starts a child of `zhigan serve`; anything else is the command line."""

import os
import sys
from pathlib import Path

from zhigan.processes import children, cli
from zhigan.processes.roles import roles
from zhigan.runtime.settings import Settings

if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in children.NAMES:
        settings = Settings.load(os.environ, Path("zhigan.toml"))
        sys.exit(children.run(settings, sys.argv[1], roles(sys.argv[2])))
    sys.exit(cli.main())
