#!/usr/bin/env python3
"""An apply and a run that finds everything there, on the embedded AWS, in worlds of several sizes: time, CPU, memory, calls.

    python3 benches/sandbox.py                     all sizes, to benches/results/sandbox.jsonl
    python3 benches/sandbox.py --share 0.05        a twentieth of the full size only, to standard output

The program is target/release/rhai-host, or what RHAI_HOST names. The numbers of the apply are told as `apply_...`.
The embedded AWS works in the same process: what the program takes to load the world and to plan nothing is measured, too, and
told as `idle_cpu` and `idle_mib`, to be taken off.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "benches/results/sandbox.jsonl"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
PROGRAM = os.environ.get("RHAI_HOST", str(TARGET / "release/rhai-host"))
REGION = "ap-south-1"
FULL = {"functions": 2000, "log-groups": 10_000, "documents": 500}
SHARES = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0]
NOTHING = "let region = new_region();\n"
SCRIPT = ["--set", "alert_email=alerts@example.com", "--set", "description=store TLS certificates"]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--share", type=float, help="measure this share of the full size only, and keep nothing")
    share = options.parse_args().share
    lines = []
    for share_now in [share] if share else SHARES:
        lines.append(json.dumps(measure(share_now)))
        print(lines[-1], flush=True)
    if not share:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n".join(lines) + "\n")


def measure(share):
    size = {what: max(round(count * share), 5) for what, count in FULL.items()}
    with tempfile.TemporaryDirectory() as folder:
        world, calls, nothing = (Path(folder) / name for name in ("world.json", "calls.jsonl", "nothing.rhai"))
        nothing.write_text(NOTHING)
        words = ",".join(f"{what}={count}" for what, count in size.items())
        apply = run(["apply", "--yes", f"--sandbox={world}", "--sandbox-size", words, *SCRIPT])
        idle = run(["plan", str(nothing), f"--sandbox={world}"])
        line = run(["apply", "--yes", f"--sandbox={world}", "--calls", str(calls), *SCRIPT])
        said = line.pop("said").strip().splitlines()[-1]
        if not said.startswith("0 created, 0 updated"):
            raise SystemExit(f"something was left to do: {said}")
        return {
            "tool": "ours",
            "world": "sandbox",
            "size": sum(size.values()),
            **size,
            **line,
            "apply_wall": apply["wall"],
            "apply_cpu": apply["cpu"],
            "apply_mib": apply["peak_mib"],
            "idle_cpu": idle["cpu"],
            "idle_mib": idle["peak_mib"],
            "calls": len(calls.read_text().splitlines()),
        }


def run(words):
    """Runs the program, and tells what it took."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        words = [PROGRAM, words[0], *words[1:], "--region", REGION]
        child = subprocess.Popen(words, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        out.seek(0)
        said = out.read().decode()
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}:\n{said[-2000:]}")
    cpu = round(used.ru_utime + used.ru_stime, 3)
    return {"wall": round(wall, 3), "cpu": cpu, "peak_mib": round(used.ru_maxrss / 1024, 1), "said": said}


if __name__ == "__main__":
    main()
