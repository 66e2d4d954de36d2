"""Run `python -m dabiao`."""

from dabiao.cli import main

main()
