"""Reads the folders of law: schemes and calendars."""

from pathlib import Path

from libs.policy.scheme import Schemes, parse_scheme


def load_schemes(folder: Path) -> Schemes:
    """Every scheme in the folder. Raises `SchemeError` when one of them cannot be used."""
    files = sorted(folder.glob("*.yaml"))
    return Schemes([parse_scheme(file.read_text(encoding="utf-8"), source=file.name) for file in files])
