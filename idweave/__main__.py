"""`python -m idweave`: the command line."""

import sys

from idweave.pipelines.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
