"""Reads what a deployment is set up with: schemes and directory."""

from pathlib import Path

from libs.policy.directory import Directory, parse_directory
from libs.policy.scheme import Schemes, parse_scheme


def load_schemes(folder: Path) -> Schemes:
    """Every scheme in the folder. Raises `SchemeError` when one of them cannot be used."""
    files = sorted(folder.glob("*.yaml"))
    return Schemes([parse_scheme(file.read_text(encoding="utf-8"), source=file.name) for file in files])


def load_directory(file: Path) -> Directory:
    """Units, channels and audiences of a deployment."""
    return parse_directory(file.read_text(encoding="utf-8"))
