"""`python -m libs.node`, which `./plaanet` hands over to."""

import sys

from libs.node.cli import main

sys.exit(main(sys.argv[1:]))
