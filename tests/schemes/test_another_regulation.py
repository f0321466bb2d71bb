"""The made-up regulation of `fixtures/linhe`: scheme, directory and stories in YAML alone, lived through by the same city."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.schemes.city import City
from tests.schemes.test_timelines import begin, live

LINHE = Path(__file__).parent / "fixtures/linhe"
STORIES = yaml.safe_load((LINHE / "stories.yaml").read_text("utf-8"))


@pytest.mark.parametrize("story", [pytest.param(story, id=story["title"]) for story in STORIES])
async def test_another_regulation_needs_no_python(story: dict[str, Any]) -> None:
    city = City(schemes=LINHE / "schemes", directory=LINHE / "directory.yaml")
    told = await begin("linhe-hears", story, city)
    for entry in story["timeline"]:
        await live(told, entry)
