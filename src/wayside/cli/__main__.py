"""``python -m wayside.cli`` is ``wayside``."""

from wayside.cli.app import main

main()
