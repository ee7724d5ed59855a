"""A publisher and a subscriber of the Python SDK.

Usage: stream_client.py ADDRESS WORKFLOW_ID publish TOPIC COUNT
       stream_client.py ADDRESS WORKFLOW_ID read FROM_OFFSET [TOPIC…]
       stream_client.py ADDRESS WORKFLOW_ID offset

`read` prints "reading", each item as a line of JSON, and "end" at the end.
"""

import asyncio
import json
import sys
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.workflow_streams import WorkflowStreamClient


async def main(address: str, workflow_id: str, operation: str, *words: str) -> None:
    client = await Client.connect(address)
    stream = WorkflowStreamClient.create(
        client,
        workflow_id,
        batch_interval=timedelta(milliseconds=50),
        max_batch_size=4,
    )
    if operation == "publish":
        topic = stream.topic(words[0])
        async with stream:
            for number in range(int(words[1])):
                topic.publish({"from": "python", "number": number})
                await asyncio.sleep(0.01)
        print("published", flush=True)
    elif operation == "read":
        print("reading", flush=True)
        async for item in stream.subscribe(list(words[1:]), int(words[0])):
            line = {"topic": item.topic, "offset": item.offset, "data": item.data}
            print(json.dumps(line), flush=True)
        print("end", flush=True)
    else:
        print(await stream.get_offset(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
