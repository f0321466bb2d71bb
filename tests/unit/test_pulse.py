"""What a service tells whoever steps the clock."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

from libs.pulse import Pulse, PulseReader, pulse_file


def test_what_was_told_last_is_read_with_its_beat(tmp_path: Path) -> None:
    reader = PulseReader(tmp_path / "clock.intake")
    assert reader.look() is None
    pulse = Pulse(tmp_path / "clock.intake")
    assert reader.look() is None
    pulse.tell({"in_flight": 1})
    pulse.tell({"in_flight": 0})
    assert reader.look() == {"in_flight": 0, "beat": 2}


def test_who_tells_sees_that_it_is_asked_anew(tmp_path: Path) -> None:
    pulse, reader = Pulse(tmp_path / "clock.intake"), PulseReader(tmp_path / "clock.intake")
    pulse.tell({"in_flight": 0})
    assert pulse.asked == 0
    reader.look()
    reader.ask()
    reader.ask()
    assert pulse.asked == 2
    assert reader.look() == {"in_flight": 0, "beat": 1}


def test_each_service_has_a_file_of_its_own_beside_the_clock() -> None:
    assert pulse_file("stepped:/run/ztc/clock", "intake") == Path("/run/ztc/clock.intake")


def test_a_look_never_sees_half_of_what_is_being_told(tmp_path: Path) -> None:
    pulse, stop = Pulse(tmp_path / "pulse"), Event()

    def tell() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            pulse.tell({"numbers": [number] * (number % 50 + 1)})

    teller = Thread(target=tell)
    teller.start()
    reader = PulseReader(tmp_path / "pulse")
    looks: list[dict[str, Any]] = []
    while len(looks) < 500:  # a reader may find the teller in the middle many times in a row
        if look := reader.look():
            looks.append(look)
    stop.set()
    teller.join()
    assert all(len(set(look["numbers"])) == 1 for look in looks)
    assert all(look["beat"] == look["numbers"][0] for look in looks)
