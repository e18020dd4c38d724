"""Runs the command line as `python -m surveytool.cli`."""

from surveytool.cli import main

main()
