"""A client as the readme of the Python package `fast-temporal` shows one.

Takes the address of a WebSocket and the message to send; prints every frame on a line of its own.
Ends with the frame whose status is `Done`.
"""

import asyncio
import json
import sys

import websockets


async def main(ws_url: str, message: str) -> None:
    async with websockets.connect(ws_url) as ws:
        data = json.loads(message)
        await ws.send(json.dumps(data))

        while True:
            response = await ws.recv()
            data = json.loads(response)
            print(json.dumps(data), flush=True)
            if data["status"] == "Done":
                break


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
