"""`python -m dojoboards` is the command line."""

from dojoboards.cli import main

main()
