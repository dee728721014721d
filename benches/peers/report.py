#!/usr/bin/env python3
"""Writes what was measured into docs/performance.md, between the marks for it, and draws docs/performance.svg.

Reads the JSON lines of `measure.py`, and those of our own no-op on the embedded AWS, where they are there. Of several runs
of the same it takes the median. The same lines make the same files. See README.md.
"""

import argparse
import json
from math import isnan, nan
from pathlib import Path
from statistics import median

import matplotlib

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE, PLOT = REPOSITORY / "docs/performance.md", REPOSITORY / "docs/performance.svg"
SANDBOX = REPOSITORY / "benches/results/sandbox.jsonl"
START, END = "<!-- peers:start -->", "<!-- peers:end -->"
PEERS = {
    "ours": "supertokens-region",
    "boto3": "script with boto3",
    "cli": "script with the AWS CLI",
    "ansible": "Ansible",
}
VERBS = {"apply": "apply", "noop": "no-op"}
STYLES = [("#0b6e4f", "o"), ("#1f5fa8", "s"), ("#b3541e", "^"), ("#8b2f8f", "D")]


class Measured:
    """What was measured of each peer, phase, round trip and world: the median of its runs."""

    def __init__(self, lines):
        self.lines = lines
        self.worlds = sorted({world_of(line) for line in lines}, key=sum)
        self.rtts = sorted({line["rtt"] for line in lines})

    def get(self, number, peer, phase, rtt, world):
        """None where there is no such run, nan where one failed."""
        wanted = (peer, phase, rtt, world)
        runs = [one for one in self.lines if (one["peer"], one["phase"], one["rtt"], world_of(one)) == wanted]
        if not runs:
            return None
        return nan if any(one["exit"] for one in runs) else median(one[number] for one in runs)


def world_of(line):
    return line["functions"], line["log_groups"], line["documents"]


def read(paths):
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [line | {"cpu": line["user"] + line["sys"]} if "user" in line else line for line in lines]


def tables(measured):
    far = measured.rtts[-1]
    text = []
    for world in measured.worlds:
        functions, log_groups, documents = world
        text += [f"{functions} functions, {log_groups} log groups, {documents} documents:", ""]
        text += [*table(measured, world, far), ""]
    text += [
        f"Two numbers are those of the apply and of the no-op, one is that of the no-op, with round trips of {far} ms.",
        "CPU and memory are those of the peer and all that it starts, without the server's. `–` was not measured.",
        "",
        f"![The wall time of a no-op, by the size of the world]({PLOT.name})",
    ]
    return "\n".join(text)


def table(measured, world, far):
    lines = [line for line in measured.lines if world_of(line) == world]
    phases = [phase for phase in VERBS if phase in {line["phase"] for line in lines}]
    walls = [
        (phase, rtt)
        for phase in phases
        for rtt in measured.rtts
        if (phase, rtt) in {(one["phase"], one["rtt"]) for one in lines}
    ]
    heads = [f"{VERBS[phase]}, {rtt} ms" for phase, rtt in walls] + ["times ours", "requests", "CPU", "peak memory"]
    rows = [f"| | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(heads)}"]
    for peer, name in PEERS.items():
        if peer not in {line["peer"] for line in lines}:
            continue
        far_off = {
            number: [measured.get(number, peer, phase, far, world) for phase in phases]
            for number in ("wall", "requests", "cpu")
        }
        ours = [measured.get("wall", "ours", phase, far, world) for phase in phases]
        slower = [mine / our if mine and our else None for mine, our in zip(far_off["wall"], ours)]
        peak = max(line["peak_mib"] for line in lines if line["peer"] == peer)
        cells = [seconds(measured.get("wall", peer, phase, rtt, world)) for phase, rtt in walls]
        cells += [
            both(slower, lambda times: shown(times, ".1f")),
            both(far_off["requests"], lambda many: shown(many, ".0f")),
        ]
        cells += [both(far_off["cpu"], seconds), f"{peak:.0f} MiB"]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def both(numbers, show):
    return " / ".join(map(show, numbers))


def shown(number, form):
    return "–" if number is None else "failed" if isnan(number) else format(number, form)


def seconds(number):
    return shown(number, ".2f" if number and number < 10 else ".0f") + (" s" if number and not isnan(number) else "")


def draw(measured, own):
    matplotlib.use("svg")
    # A fixed salt and no date: the same numbers make the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "peers", "svg.fonttype": "none", "font.size": 10})
    from matplotlib import pyplot

    panels = [(draw_noops, measured)] + [(draw_own_noop, own)] * bool(own)
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(6.4 * len(panels), 4.6), squeeze=False, layout="constrained"
    )
    for (draw_panel, numbers), ax in zip(panels, axes[0]):
        draw_panel(ax, numbers)
    figure.draw_without_rendering()  # Only now it is known where things are.
    for ax in axes[0]:
        keep_labels_apart(ax)
    figure.savefig(PLOT, facecolor="white", metadata={"Date": None})


def draw_noops(ax, measured):
    far = measured.rtts[-1]
    for peer, (colour, marker) in zip(PEERS, STYLES):
        walls = [(sum(world), measured.get("wall", peer, "noop", far, world)) for world in measured.worlds]
        draw_line(ax, [(size, wall) for size, wall in walls if wall and not isnan(wall)], PEERS[peer], colour, marker)
    frame(
        ax, f"No-op against moto, round trips of {far} ms", "functions + log groups + documents", "wall time, seconds"
    )


def draw_own_noop(ax, own):
    names = {"wall": "wall, s", "cpu": "CPU, s", "peak_mib": "memory, MiB"}
    for (number, name), (colour, marker) in zip(names.items(), STYLES):
        sizes = sorted({one["size"] for one in own})
        points = [(size, median(one[number] for one in own if one["size"] == size)) for size in sizes]
        draw_line(ax, points, name, colour, marker)
    frame(ax, "Our no-op on the embedded AWS", "things in the world", "seconds, MiB")


def draw_line(ax, points, name, colour, marker):
    if points:
        ax.plot(*zip(*points), color=colour, marker=marker, markersize=5, linewidth=1.6)
        ax.annotate(name, points[-1], xytext=(7, 0), textcoords="offset points", color=colour, va="center")


def frame(ax, title, size, number):
    ax.set_title(title)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(size)
    ax.set_ylabel(number)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.margins(x=0.12, y=0.12)
    ax.grid(True, which="major", color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def keep_labels_apart(ax):
    """Moves up what would cover the label below it."""
    free = 0
    for label in sorted(ax.texts, key=lambda label: label.xy[1]):
        height = ax.transData.transform(label.xy)[1] * 72 / ax.figure.dpi
        up = max(0, free - height)
        label.set_position((7, up))
        free = height + up + 13


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parent / "results"
    parser.add_argument(
        "results", nargs="*", type=Path, default=[here], help="folders [default: results beside this file]"
    )
    folders = parser.parse_args().results
    measured = Measured(read(sorted(path for folder in folders for path in folder.glob("*.jsonl"))))
    own = [
        one
        for one in read([SANDBOX] if SANDBOX.exists() else [])
        if one["tool"] == "ours" and one["world"] == "sandbox"
    ]
    if not measured.lines:
        parser.error("there are no results")
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}\n\n{tables(measured)}\n\n{END}{after}")
    draw(measured, own)


if __name__ == "__main__":
    main()
