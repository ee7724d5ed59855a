"""Reads the streams of workflows with the Python SDK's own subscriber, one task each, until each has yielded
a number of items. Prints "ready" once all tasks have started. At the end, prints when each item arrived, by the
machine's clock, as JSON: {"times": [[[text, microseconds], ...], ...]} with one list per workflow."""

import asyncio
import json
import sys
import time

from temporalio.client import Client
from temporalio.contrib.workflow_streams import WorkflowStreamClient


async def read(client, workflow_id, topic, count):
    stream = WorkflowStreamClient.create(client, workflow_id)
    items = []
    async for item in stream.subscribe([topic], 0, result_type=str):
        items.append([item.data, time.time_ns() // 1000])
        if len(items) == count:
            break
    return items


async def main(address, topic, count, workflow_ids):
    client = await Client.connect(address)
    tasks = [asyncio.create_task(read(client, workflow_id, topic, int(count))) for workflow_id in workflow_ids]
    await asyncio.sleep(1)
    print("ready", flush=True)
    print(json.dumps({"times": await asyncio.gather(*tasks)}), flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
