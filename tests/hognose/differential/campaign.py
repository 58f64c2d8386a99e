"""A long run over generated programs: `python -m tests.hognose.differential.campaign SECONDS [SEED]`.

Every program whose engines disagree, or that the compiler refuses or fails on, is reported with its seed and kept.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from hognose.testing.differential import Difference, Engines, differences
from tests.hognose.differential.programs import generate

FUNCTIONS = 12
CALLS = 60


def run_seed(
    seed: int, folder: Path, *, on_chain: bool = True, all_features: bool = False
) -> tuple[list[Difference], Counter[str]]:
    """Generate, build and compare one program."""
    r = Random(seed)
    _, _, inputs = generate(r, FUNCTIONS, CALLS, folder)
    engines = Engines(list(inputs), on_chain=on_chain, all_features=all_features)
    return differences(engines, inputs)


def main(seconds: float, seed: int, keep: Path) -> int:
    """Run until the time is over; the number of programs with a finding."""
    began, total, bad, programs = time.monotonic(), Counter[str](), 0, 0
    while time.monotonic() - began < seconds:
        folder = keep / f"seed-{seed}"
        folder.mkdir(parents=True)
        try:
            found, tally = run_seed(seed, folder, all_features=seed % 4 == 3)
            total += tally
        except Exception:  # noqa: BLE001 - a finding, whatever it is
            found = [traceback.format_exc(limit=-6)]
        programs += 1
        if found:
            bad += 1
            print(f"--- seed {seed}: {len(found)} findings\n" + "\n".join(map(str, found[:3])), flush=True)
        else:
            for path in folder.iterdir():
                path.unlink() if path.is_file() else None
            folder.rmdir() if not any(folder.iterdir()) else None
        seed += 1
    print(
        f"{programs} programs, {programs * FUNCTIONS} functions, calls: {dict(total)}; {bad} programs with findings; next seed {seed}"
    )
    return bad


if __name__ == "__main__":
    duration = float(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    sys.exit(1 if main(duration, first, Path(tempfile.mkdtemp(prefix="hognose-campaign-"))) else 0)
