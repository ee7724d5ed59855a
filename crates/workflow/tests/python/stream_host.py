"""A worker whose workflow holds a stream, by the Python SDK's own means.

Usage: stream_host.py ADDRESS TASK_QUEUE. Prints "ready".
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from temporalio.contrib.workflow_streams import (
        WorkflowStream,
        WorkflowStreamClient,
        WorkflowStreamState,
    )


@dataclass
class Input:
    stream: WorkflowStreamState | None = None


@activity.defn
async def count(to: int) -> None:
    """Publishes numbers from an activity."""
    client = WorkflowStreamClient.from_within_activity(
        batch_interval=timedelta(milliseconds=50)
    )
    numbers = client.topic("numbers")
    async with client:
        for number in range(to):
            numbers.publish(number)


@workflow.defn(name="python-stream")
class StreamHost:
    """Does what it is told by signal, one thing after the other."""

    @workflow.init
    def __init__(self, input: Input) -> None:
        self.stream = WorkflowStream(prior_state=input.stream)
        self.commands: list[dict[str, Any]] = []

    @workflow.signal
    def tell(self, command: dict[str, Any]) -> None:
        self.commands.append(command)

    @workflow.run
    async def run(self, input: Input) -> str:
        while True:
            await workflow.wait_condition(lambda: bool(self.commands))
            command = self.commands.pop(0)
            match command["do"]:
                case "publish":
                    self.stream.topic(command["topic"]).publish(command["value"])
                case "truncate":
                    self.stream.truncate(command["up_to"])
                case "count":
                    await workflow.execute_activity(
                        count,
                        command["to"],
                        start_to_close_timeout=timedelta(seconds=20),
                    )
                case "continue":
                    await self.stream.continue_as_new(lambda state: [Input(state)])
                case "finish":
                    return "done"


async def main(address: str, task_queue: str) -> None:
    client = await Client.connect(address)
    worker = Worker(
        client, task_queue=task_queue, workflows=[StreamHost], activities=[count]
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
