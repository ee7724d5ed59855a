"""A worker whose workflow has a stream of the Python SDK.

Usage: stream_workflow.py ADDRESS TASK_QUEUE. Prints "ready".
"""

import asyncio
import sys
from dataclasses import dataclass, field
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
    # The commands that are still to be executed.
    commands: list[dict[str, Any]] = field(default_factory=list)


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
class StreamWorkflow:
    """Executes the commands that it receives by signal, in order."""

    @workflow.init
    def __init__(self, input: Input) -> None:
        self.stream = WorkflowStream(prior_state=input.stream)
        self.commands = input.commands

    @workflow.signal
    def command(self, command: dict[str, Any]) -> None:
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
                    await self.stream.continue_as_new(
                        lambda state: [Input(state, self.commands)]
                    )
                case "forget_query":
                    workflow.set_query_handler("__temporal_workflow_stream_poll", None)
                case "finish":
                    return "done"


async def main(address: str, task_queue: str) -> None:
    client = await Client.connect(address)
    worker = Worker(
        client, task_queue=task_queue, workflows=[StreamWorkflow], activities=[count]
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
