"""`python -m citysim`: the simulator without the platform's command."""

import sys

from citysim.command import main

if __name__ == "__main__":
    sys.exit(main())
