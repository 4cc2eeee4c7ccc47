"""In which context do sums of quantity × price stay exact?

The default context keeps 28 digits and rounds silently; an amount on the wire has up to 36, so a
product has up to 72.
"""

from decimal import Context
from typing import Final

EXACT: Final = Context(prec=100)
"""Use as `with localcontext(EXACT):`; the global context is never touched."""
