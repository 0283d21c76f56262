"""The command line, as `python -m sk_softunlearn`."""

import sys

from sk_softunlearn._cli import main

if __name__ == "__main__":
    sys.exit(main())
