"""Jupyter Book's command, but what went wrong is said in place of where in its code it did.

A module, not ``python -c``: under that, Python 3.13 takes the command for the source of all that is
made at run time, named tuples too, and Sphinx stumbles over it.
"""

import sys

from jupyter_book.cli.main import main

if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(str(error.__cause__ or error))
