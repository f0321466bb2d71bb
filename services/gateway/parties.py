"""Who meets us at the door: each channel and each unit of the directory is a party with a vhost and a user of its own."""

from pydantic import BaseModel, ConfigDict

from contracts import record
from contracts.messages import FROM_CHANNEL, FROM_UNIT, Message
from contracts.record import Code
from libs.policy.directory import Directory


class Party(BaseModel):
    """One outside system. `channel`: the way in that it speaks for, None for a unit."""

    model_config = ConfigDict(frozen=True)

    name: record.Party
    channel: Code | None = None

    @property
    def may_say(self) -> dict[str, type[Message]]:
        """The messages that this kind of party may send, by type."""
        return FROM_UNIT if self.channel is None else FROM_CHANNEL


def parties_of(directory: Directory) -> dict[str, Party]:
    """Every party of a deployment by name. Raises `ValueError` when two have the same name."""
    parties = [Party(name=entry.party, channel=entry.channel) for entry in directory.channels]
    parties += [Party(name=unit.unit) for unit in directory.units if unit.door]
    by_name = {party.name: party for party in parties}
    if len(by_name) != len(parties):
        raise ValueError("the directory gives two parties the same name")
    return by_name
