"""How much memory the system's own processes hold."""

from pathlib import Path

from deploy.system import System


def resident(system: System) -> dict[str, float]:
    """In MB: `pss` counts what processes share once, `rss` as often as it is shared; broker and store apart."""
    pids = [child.pid for child in system.processes.values()]
    return {"processes": len(pids), "pss": sum(map(_pss, pids)) / 1024, "rss": sum(map(_rss, pids)) / 1024}


def _pss(pid: int) -> int:
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _rss(pid: int) -> int:
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def _kilobytes(file: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name))
