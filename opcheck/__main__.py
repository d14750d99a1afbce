"""`python -m opcheck` is the command `opcheck`."""

import sys

from opcheck.cli import main

sys.exit(main())
