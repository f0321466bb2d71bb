"""`python -m tests.bench`: the pipeline against its ceiling, and many clocks due at once; with `--pages` how long each page
takes. Prints and writes JSON."""

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.system import System
from deploy.traces import FILE
from tests.bench.clocks import bench_clocks
from tests.bench.enterprises import registry
from tests.bench.pages import bench_pages, table
from tests.bench.pipeline import Load, Pipeline, ceiling, flow_of, hops
from tests.bench.resident import resident

WARMING = 20


async def bench(folder: Path, *, appeals: int, at_once: int) -> dict[str, Any]:
    sms = {
        "public_url": "http://bench.example", "sms_provider": "log", "sms_log": str(folder / "sms.jsonl"),
        "smtp_host": "127.0.0.1", "smtp_port": "9", "smtp_tls": "none", "smtp_from": "bench@bench.example",
        # Outside quiet hours at any time of day, so that every letter leaves at once.
        "quiet_from": "00:00", "quiet_until": "00:00", "sms_per_number_and_day": "1000000",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    registry(folder / "registry.yaml", numbers=WARMING + appeals + appeals // 2)
    intake = {"registry": f"file:{folder / 'registry.yaml'}"}
    async with System(folder, settings={"notification": sms, "intake": intake}, progress=print) as system:
        pipeline = Pipeline(system)
        await pipeline.run(Load(appeals=WARMING, at_once=4))
        full = await pipeline.run(Load(appeals=appeals, at_once=at_once))
        memory = resident(system)
        flow = await flow_of(system, pipeline.cases[1])
        half = await pipeline.run(Load(appeals=appeals // 2, at_once=at_once, per_second=full["per_second"] / 2))
        by_hop = hops(folder / FILE, last=half["appeals"])
        # The services rest while the bare program runs: both then have the machine to themselves.
        await system.stop_services()
        bare = await ceiling(system, flow, Load(appeals=appeals, at_once=at_once))
    return {
        "pipeline": full,
        "half_load": half,
        "ceiling": bare,
        "ratio": full["per_second"] / bare["per_second"],
        "hops_at_half_load_ms": by_hop,
        "resident_mb": memory,
    }


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.bench")
    asked.add_argument("--appeals", type=int, default=400)
    asked.add_argument("--at-once", type=int, default=32)
    asked.add_argument("--clocks", type=int, default=100_000, help="armed clocks; 0 leaves them out")
    asked.add_argument("--due", type=int, default=2_000, help="how many of them fall due in one second")
    asked.add_argument("--pages", action="store_true", help="the pages' server time instead, with --cases stored")
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--times", type=int, default=20, help="how often each page is looked at")
    asked.add_argument("--report", type=Path)
    options = asked.parse_args()
    if options.pages:
        with tempfile.TemporaryDirectory() as folder:
            pages = asyncio.run(bench_pages(Path(folder), cases=options.cases, times=options.times))
        print(table(pages))
        if options.report:
            options.report.write_text(json.dumps([asdict(page) for page in pages], indent=2) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(bench(Path(folder) / "pipeline", appeals=options.appeals, at_once=options.at_once))
        if options.clocks:
            time_to_arm = 30 + options.clocks / 400
            figures["clocks"] = asyncio.run(
                bench_clocks(Path(folder) / "clocks", armed=options.clocks, due=options.due, in_seconds=time_to_arm)
            )
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    if options.report:
        options.report.write_text(text + "\n")


if __name__ == "__main__":
    main()
