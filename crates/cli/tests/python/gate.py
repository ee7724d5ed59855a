"""Lets a test decide when an activity returns: the activity connects to the test's gate, and waits there."""

import asyncio
import json
from typing import Any

from temporalio.exceptions import ApplicationError


async def pass_gate(address: str, name: str) -> Any:
    """Sends the activity's name, and returns the value that the test sends. Fails if the test closes the gate."""
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(json.dumps(name).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
    if not line:
        raise ApplicationError(f"the test closed the gate {address}", non_retryable=True)
    return json.loads(line)
