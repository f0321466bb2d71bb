"""`ztc demo`: a quarter of 2026 in a Chinese city, lived through on the real system in a minute or two."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.demo.player import Player, Stuck
from deploy.demo.report import Report, render, report
from deploy.demo.script import FIRST_DAY, Draw, at
from deploy.demo.steering import Steering
from deploy.demo.year.diary import Refusal
from deploy.demo.year.plans import FIRST_DAY as YEAR_FIRST_DAY
from deploy.demo.year.plans import draw
from deploy.demo.year.playing import YearPlayer, YearTap
from deploy.demo.year.tally import render as render_schemes
from deploy.embedded.install import CannotInstall
from deploy.embedded.processes import DidNotStart, FolderInUse, FolderLock
from deploy.system import ROOT, NotQuiet, System
from deploy.traces import Spans
from deploy.ztc.case import asked
from deploy.ztc.console import LangOption, console, refuse
from deploy.ztc.ending import Interrupted, run
from deploy.ztc.running import SPANS, Running
from deploy.ztc.story import CaseStory, render_case
from deploy.ztc.up import PAGES_PORT
from libs.files import load_notices, load_schemes
from libs.languages import Lang
from libs.policy.calendar import Calendar
from libs.policy.shanghai import local

LINE_EVERY = 100
OPEN_DOOR = {"demo_accounts": str(ROOT / "deploy/demo/accounts.yaml"), "second_factor": "false"}
"""The demo's people stand on its sign-in page, and none of them has a telephone for codes; the portal says so in its log."""
"""How many acts lie between two lines of progress where there is no terminal to draw a bar on."""

app = typer.Typer()


@app.command()
def demo(
    lang: LangOption,
    seed: Annotated[int, typer.Option(help="The same seed gives the same story.")] = 1,
    exit: Annotated[bool, typer.Option("--exit", help="Leave nothing running at the end.")] = False,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Write the figures as JSON into this file.", dir_okay=False)
    ] = None,
    year: Annotated[bool, typer.Option("--year", help="A whole year under all the regulations.")] = False,
    folder: Annotated[Path, typer.Option(help="Where everything is kept; emptied first.", file_okay=False)] = Path(
        ".ztc/demo"
    ),
    port: Annotated[int, typer.Option(help="Where the pages answer; another one if it is taken.")] = PAGES_PORT,
) -> None:
    """Live through a quarter of 2026: more than 120 appeals from filing to the public ledger. With --year: more than 600
    under all the regulations, with reception sessions, ladders, duties and oversight."""

    def written(figures: Report) -> None:
        if report_file is not None:
            report_file.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            console.print(f"figures written to {report_file}")

    try:
        run(_demo(folder, seed=seed, lang=lang, stay=not exit, year=year, port=port, told=written))
    except CannotInstall as error:
        console.print(str(error))
        raise typer.Exit(3) from None
    except (DidNotStart, FolderInUse, NotQuiet, Stuck, Refusal) as error:
        refuse(str(error))
    except Interrupted:
        console.print("stopped; nothing is left running")
        raise typer.Exit(130) from None


async def _demo(
    folder: Path, *, seed: int, lang: Lang, stay: bool, year: bool, port: int, told: Callable[[Report], None]
) -> None:
    began = time.monotonic()
    await _empty(folder)
    calendar = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
    schemes = load_schemes(ROOT / "deploy/schemes")
    told_at = [0]
    with _progress() as (progress, task):

        def lived(now: datetime, filed: int, acts: int) -> None:
            progress.update(task, completed=filed, day=f"{local(now):%Y-%m-%d %H:%M}", acts=acts)
            if not console.is_terminal and acts - told_at[0] >= LINE_EVERY:
                told_at[0] = acts
                console.print(f"{local(now):%Y-%m-%d}  {filed} appeals filed, {acts} acts")

        player: Player | YearPlayer
        if year:
            appeals = draw(seed, calendar, schemes)
            player, start, expected = YearPlayer(appeals, calendar, schemes, told=lived), YEAR_FIRST_DAY, len(appeals)
        else:
            plans = Draw(seed, calendar).plans()
            player, start, expected = Player(plans, calendar, told=lived), FIRST_DAY, len(plans)
        progress.update(task, total=expected)
        steering = Steering(player.postbag)

        async def listen(system: System) -> None:
            await player.listen(system)
            await steering.start(system)

        system = System(
            folder,
            start=at(start, 8),
            settings={**player.settings(), "portal": steering.settings() | OPEN_DOOR},
            progress=progress.console.print,
            listening=listen,
            portal=port,
        )
        async with system:
            progress.console.print(f"Pages: {system.address}")
            tap = await player.play(system)
            facts = deepcopy(await tap.up_to_now())
            steering.hand_over(tap, player.rests)
            case = max(facts.of_case, key=lambda case: (facts.finals[case] == "finally-decided", facts.of_case[case]))
            answers = await asyncio.to_thread(asked, Running.at(folder), case)
            with closing(Spans.read(folder / SPANS)) as spans:
                traces = await _when_all_arrived(spans)
                trace = spans.of_case(case)
            assert system.last_wave
            figures = report(facts, system.last_wave, traces, seed=seed, seconds=time.monotonic() - began)
            if isinstance(tap, YearTap):
                figures |= {"schemes": tap.tally.figures(), "duties": tap.tally.kept()}
            progress.stop()
            story = CaseStory.of(case, spans=trace, schemes=schemes, directory=system.directory, **answers)
            console.print(render_case(story, lang, trace=True))
            console.print(render(figures))
            if "schemes" in figures:
                console.print(render_schemes(figures["schemes"]))
            told(figures)
            if stay:
                console.print(f"Everything is still running, and time is yours to move on: {system.address}")
                console.print(f"In another terminal: ztc case {case}   Ctrl-C stops it.")
                await asyncio.Event().wait()


async def _when_all_arrived(spans: Spans) -> dict[str, int]:
    """Services send their spans in batches, once a second: none came for two, so all have."""
    before: dict[str, int] = {}
    while before != (before := spans.tally()):
        await asyncio.sleep(2)
    return before


@contextmanager
def _progress() -> Generator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.fields[day]}"), BarColumn(), TextColumn("{task.completed}/{task.total} appeals filed"),
        TextColumn("{task.fields[acts]} acts"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        yield progress, progress.add_task("", total=None, day="", acts=0)


async def _empty(folder: Path) -> None:
    """A demo begins with nothing. Raises `FolderInUse` when another one lives there."""
    lock = FolderLock(folder / "demo.lock")
    await lock.take()
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "demo.lock":
            entry.unlink()
