"""An activity's side of a gate that a test keeps: it arrives, and waits until it is let through."""

import asyncio
import json
from typing import Any

from temporalio.exceptions import ApplicationError


async def pass_gate(address: str, name: str) -> Any:
    """Says who is there, and returns what the test hands out. Fails where the gate is torn down."""
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(json.dumps(name).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
    if not line:
        raise ApplicationError(f"nobody keeps the gate {address}", non_retryable=True)
    return json.loads(line)
