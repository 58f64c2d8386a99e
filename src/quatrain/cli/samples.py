"""The small dump that comes with Quatrain: invented questions in the shape that Gamma documents."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SAMPLE_FILE: Final = Path(__file__).parent / "data" / "gamma-sample.json"

__all__ = ["SAMPLE_FILE"]
