"""A worker of workflows with several runs, on Temporal's own SDK.

Arguments: Temporal's address and a task queue. Prints `ready` once it polls.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue, RetryPolicy
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from gate import pass_gate


@activity.defn(dynamic=True)
async def any_activity(args: Sequence[RawValue]) -> Any:
    gate = activity.payload_converter().from_payload(args[0].payload, str)
    return await pass_gate(gate, activity.info().activity_type)


@workflow.defn
class ChainWorkflow:
    """Argument: `{"gate": address, "runs": [[names], [names], …]}`. Each run executes the activities
    of the first list and continues as new with the others."""

    @workflow.run
    async def run(self, plan: Any) -> Any:
        results = []
        for name in plan["runs"][0]:
            result = await workflow.execute_activity(
                name,
                args=[plan["gate"]],
                start_to_close_timeout=timedelta(seconds=60),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
            results.append(result)
        if len(plan["runs"]) > 1:
            workflow.continue_as_new({**plan, "runs": plan["runs"][1:]})
        return results


async def main(address: str, task_queue: str) -> None:
    client = await Client.connect(address)
    worker = Worker(
        client, task_queue=task_queue, workflows=[ChainWorkflow], activities=[any_activity]
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
