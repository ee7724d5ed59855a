"""A client as in the readme of the Python package `fast-temporal`.

Arguments: the URL of a WebSocket, and the message to send. Prints each frame on its own line, and ends after
the frame with the status `Done`.
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
