"""`python -m zhigan.processes hot|web ROLES` starts a child of `zhigan serve`; anything else is the command line."""

import os
import sys
from pathlib import Path

from zhigan.processes import cli, serve
from zhigan.runtime.settings import Settings

if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("hot", "web"):
        settings = Settings.load(os.environ, Path("zhigan.toml"))
        sys.exit(serve.child(settings, sys.argv[1], serve.roles(sys.argv[2])))
    sys.exit(cli.main())
