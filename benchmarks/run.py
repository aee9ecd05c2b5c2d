"""Every benchmark in one run, floors and subjects side by side: `python3 benchmarks/run.py`.

The full form takes its time and writes `docs/benchmarks`; `--quick` takes less than
three minutes, prints, and ends with 1 where a ratio is far above the published one. With
`--only`, what was found by other measures stays.
"""

from __future__ import annotations

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[0] = ROOT  # this folder's own modules are `benchmarks.NAME` and must not hide others

import argparse  # noqa: E402 - not before the path is right
import compileall  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from math import log  # noqa: E402
from statistics import fmean  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks import machine, plots, report  # noqa: E402
from benchmarks.bench import Bench  # noqa: E402
from benchmarks.disks import file_system_of, real_disk, workplace  # noqa: E402
from benchmarks.peers import page as peers_page  # noqa: E402
from benchmarks.peers.picture import picture  # noqa: E402
from benchmarks.regressions import regressions  # noqa: E402
from benchmarks.results import Measured, NotMeasuredError, from_json, to_json  # noqa: E402

MEASURES = {
    "updates": "Durable writes in a process that stays",
    "sql_updates": "Durable updates in each kind of store",
    "reads": "Reads in a process that stays",
    "hooks": "Hooks, as whole processes",
    "scaling": "Questions to a growing store, in process",
    "sql_scaling": "Questions to a growing SQL store, in process",
    "imports": "Import, as whole processes",
    "commands": "Commands, as whole processes",
    "cleanup": "Cleanup and space",
    "writers": "Eight writers at once",
    "sql_writers": "Writers at once in each kind of store",
    "approvals": "Approvals and claims",
    "hosts": "The hooks of Claude Code, as whole processes",
    "peers": "Beside other systems, one call at a time",
    "peers_faults": "Beside other systems, when things go wrong",
    "peers_scaling": "Beside other systems, as the store grows",
}
# What the short form leaves out: it is to show how these sources have changed.
OTHERS = {"peers", "peers_faults", "peers_scaling"}
FULL_OUT = f"{ROOT}/docs/benchmarks"
# A run whose ten parts differ by more than this is taken once more, and the faster one is kept.
MOST_UNREST = 1.5
LONGEST_TO_REPEAT_SECONDS = 100
_TWICE = "Measured twice, for the first run was disturbed; the faster of the two is shown."


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was filled is to be removed
    out = given.out or (None if given.quick or given.only else FULL_OUT)
    parent = given.dir or real_disk(ROOT)
    with workplace(parent) as place:
        bench = _bench(place, given)
        described = machine.describe(place, bench.tree)
        results = _earlier(out, described) if given.only else None
        results = results or {"machine": described, "is_quick": given.quick, "measures": {}}
        _say(", ".join(described.values()))
        for name in given.only or _usual(given):
            results["measures"][name] = _measure(name, bench)
            _write(results, out)
        _say("removing what was filled ...")
    _print(results)
    return _slower(results) if given.quick else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="small numbers, under three minutes"
    )
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, metavar="NAME", help=", ".join(MEASURES)
    )
    parser.add_argument(
        "--dir", help="where to work; default: a folder for temporary files that is no memory"
    )
    parser.add_argument(
        "--out", help="where to write; default: docs/benchmarks for the full form, else nowhere"
    )
    return parser


def _usual(given: argparse.Namespace) -> list[str]:
    return [name for name in MEASURES if not (given.quick and name in OTHERS)]


def _bench(place: str, given: argparse.Namespace) -> Bench:
    """What is measured is a copy of the sources, so that nobody edits it in the middle."""
    tree = f"{place}/tree"
    for folder in filter(
        lambda name: os.path.isdir(f"{ROOT}/{name}"), ("src", "hooks", "tools")
    ):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(f"{ROOT}/{folder}", f"{tree}/{folder}", ignore=ignored)
        # As it is once it is installed, wherever the variables say that none is to be kept.
        compileall.compile_dir(f"{tree}/{folder}", quiet=1)
    sys.path.insert(0, f"{tree}/src")
    for variable in [
        name for name in os.environ if name.startswith(("AGENT_SESSION_", "CLAUDE_"))
    ]:
        del os.environ[variable]
    return Bench(
        place=place,
        tree=tree,
        python=os.path.realpath(sys.executable),
        is_quick=given.quick,
        syncs_count=bool(given.dir) or not file_system_of(place).is_memory,
    )


def _earlier(out: str | None, described: dict[str, str]) -> dict[str, Any] | None:
    """What *out* holds already, if this very machine measured these very sources."""
    try:
        with open(f"{out}/results.json", encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return None
    return found if found["machine"] == described and not found["is_quick"] else None


def _measure(name: str, bench: Bench) -> dict[str, Any]:
    module = importlib.import_module(f"benchmarks.measures.{name}")
    about = {"measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "load": machine.load()}
    try:
        start = time.monotonic()
        measured = _said(name, module, bench)
        is_long = time.monotonic() - start > LONGEST_TO_REPEAT_SECONDS
        if measured.unrest > MOST_UNREST and not bench.is_quick and not is_long:
            measured = min(measured, _said(name, module, bench), key=_pace)
            measured.notes.append(_TWICE)
    except NotMeasuredError as error:
        return {**about, "why_not": str(error)}
    return {**about, **to_json(measured)}


def _said(name: str, module: Any, bench: Bench) -> Measured:
    start = time.monotonic()
    measured: Measured = module.measure(bench)
    _say(f"{name}: {time.monotonic() - start:.0f} s, unrest {measured.unrest:.2f}")
    return measured


def _pace(measured: Measured) -> float:
    """What disturbs a run makes it slower, never faster."""
    return fmean(log(each.median) for each in measured.times.values())


def _write(results: dict[str, Any], out: str | None) -> None:
    if out is None:
        return
    os.makedirs(out, exist_ok=True)
    drawn = _pictures(results)
    named = {name: words for name, (words, _) in drawn.items()}
    page = report.markdown({**results, "pictures": named}, MEASURES)
    files = {
        **{name: picture for name, (_, picture) in drawn.items()},
        **_beside_others(results),
        "README.md": page,
        "results.json": json.dumps(results, indent=1) + "\n",
    }
    for name, text in files.items():
        with open(f"{out}/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def _beside_others(results: dict[str, Any]) -> dict[str, str]:
    """The page of the other systems and its picture, where they were measured."""
    text = peers_page.markdown(results)
    if text is None:
        return {}
    calls = from_json(results["measures"]["peers"])
    return {peers_page.PAGE: text, peers_page.PICTURE: picture(calls)}


def _pictures(results: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """By its file's name what each picture shows, and the picture."""
    found = {
        name: from_json(results["measures"][name])
        for name in MEASURES
        if "rows" in results["measures"].get(name, {})
    }
    pictures = {}
    if found:
        aimed = {MEASURES[name]: each.rows for name, each in found.items()}
        pictures[report.BARS] = "Ratios and their aims", plots.bars(aimed)
    curves = [
        curve for name, each in found.items() if name not in OTHERS for curve in each.curves
    ]
    for kind in dict.fromkeys(curve.store for curve in curves):
        of_kind = [curve for curve in curves if curve.store == kind]
        words = f"Cost by sessions in the store: {kind}"
        pictures[report.picture_of(kind)] = words, plots.curves(of_kind)
    return pictures


def _print(results: dict[str, Any]) -> None:
    for name, found in results["measures"].items():
        print(f"\n{MEASURES[name]}")
        if "why_not" in found:
            print(f"  not measured: {found['why_not']}")
            continue
        for row in from_json(found).rows:
            aim = "" if row.aim is None else f"  aim {report.amount(row.aim, row.unit)}"
            verdict = {None: "", True: ", met", False: ", NOT met"}[row.is_met]
            print(f"  {report.amount(row.value, row.unit):>9}  {row.what}{aim}{verdict}")


def _slower(results: dict[str, Any]) -> int:
    """1, and each named, where something costs far more beside its floor than it did."""
    found = regressions(results, f"{FULL_OUT}/results.json")
    for row, before in found:
        now, then = (report.amount(each.value, each.unit) for each in (row, before))
        print(f"\nslower than in docs/benchmarks: {row.what}: {now}, it was {then}", end="")
    print("" if found else "\nnothing is much slower than in docs/benchmarks")
    return 1 if found else 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
