"""A property that cannot be decoded must cost one message, not the connection and everybody behind it.

As shipped, one AMQP short string that is not UTF-8, a timestamp of 2^63 or a deeply nested header table ends the
connection's reader; the client reconnects, is handed the same message, and so on. Here such a message arrives without
properties and with the header `x-undecodable` naming the error's class. The versions are pinned; a test sends these
messages to a real broker.
"""

import struct
from typing import Any

from pamqp import header

_INSTALLED = "_zhitongche_hardened"


def install() -> None:
    """Harden this process's AMQP decoder. Doing it twice changes nothing."""
    if getattr(header.ContentHeader, _INSTALLED, False):
        return
    decode = header.ContentHeader.unmarshal

    def unmarshal(self: header.ContentHeader, data: bytes) -> None:
        try:
            decode(self, data)
        except Exception as error:
            self.class_id, self.weight, self.body_size = struct.unpack(">HHQ", bytes(data[:12]))
            properties: Any = type(self.properties)()
            properties.headers = {"x-undecodable": type(error).__name__}
            self.properties = properties

    header.ContentHeader.unmarshal = unmarshal  # type: ignore[method-assign]
    setattr(header.ContentHeader, _INSTALLED, True)
