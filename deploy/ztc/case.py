"""`ztc case`: the story of one case, from the running services and the trace; after they ended, from the trace alone."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.case_number import receipt_number
from contracts.record import CaseNumber
from deploy.traces import Span, Spans
from deploy.ztc.console import LangOption, console, errors, refuse
from deploy.ztc.running import SPANS, FolderOption, NoAnswer, NotRunning, Running, chosen
from deploy.ztc.story import CaseStory, render_case
from libs.files import load_directory, load_schemes

DEPLOY = Path(__file__).parents[1]
DIRECTORY = DEPLOY / "directory" / "chaozhou.yaml"


def case(
    number: Annotated[str, typer.Argument(help="The receipt number, such as ZT-7K3M9QXA2B4D6F8H.")],
    lang: LangOption,
    folder: FolderOption = None,
    trace: Annotated[bool, typer.Option(help="Draw the waterfall of its trace.")] = True,
) -> None:
    """Tell the story of one case: what happened, its limits, its letters and its trace."""
    known = chosen(folder)
    try:
        name = receipt_number(number)
        answers: dict[str, Any] = {}
        try:
            running = Running.at(known)
            answers = asked(running, name)
            spans = recorded(running.spans, name)
        except NotRunning as error:
            spans = recorded(known / SPANS, name)
            if not spans:
                raise
            errors.print(f"{error}. What follows is from the trace that was left.")
    except (NotRunning, NoAnswer, ValueError) as error:
        refuse(str(error))
    story = CaseStory.of(
        name, spans=spans, schemes=load_schemes(DEPLOY / "schemes"), directory=load_directory(DIRECTORY), **answers
    )
    console.print(render_case(story, lang, trace=trace))


def asked(running: Running, case: CaseNumber) -> dict[str, Any]:
    """What the services tell of a case. Raises `NotRunning`, `NoAnswer`."""
    with running.asking() as http:
        appeal = running.ask(http, "intake", f"/appeals/{case}")
        try:
            clocks = running.ask(http, "deadline", f"/cases/{case}/clocks")
        except NoAnswer as error:
            # Filed a moment ago, its first limit may not have begun.
            if error.status != 404:
                raise
            clocks = []
        return {
            "appeal": appeal,
            "clocks": clocks,
            "letters": running.ask(http, "notification", f"/cases/{case}/letters"),
        }


def recorded(file: Path, case: CaseNumber) -> list[Span]:
    """The spans of a case, none where there is no file."""
    try:
        spans = Spans.read(file)
    except FileNotFoundError:
        return []
    with closing(spans):
        return spans.of_case(case)
