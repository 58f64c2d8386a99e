"""`python -m hognose` is `hognose`."""

import sys

from hognose.cli import main

sys.exit(main())
