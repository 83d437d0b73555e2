"""`python -m ringwatch` is the same as `ringwatch`."""

from ringwatch.cli import main

main()
