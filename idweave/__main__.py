"""`idweave` and `python -m idweave`: the command line."""

import sys


def run() -> int:
    """Run the command; whoever stops it while it is still being loaded is answered, too."""
    try:
        from idweave.pipelines.cli.main import main

        return main()
    except KeyboardInterrupt:
        print("stopped; nothing was published", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(run())
