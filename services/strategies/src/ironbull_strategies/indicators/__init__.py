"""Compute indicators: arrays in, arrays of equal length out, NaN until there is enough past."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Series: TypeAlias = NDArray[np.float64]
"""One float64 per candle, oldest first."""
