"""A worker of the Python package `fast-temporal`, written as its readme says.

Runs with every release of the package, as it imports only what all of them have. Arguments: Temporal's
address and a task queue. Prints `ready` once it polls, and runs until it is killed.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Dict

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from fast_temporal.workflow.workflow import GenericTemporalWorkflow
    from gate import pass_gate


# --- Activities -------------------------------------------------------------------------------


@activity.defn
async def generate_content(data: Any) -> str:
    return f"{data['prompt']}, written for {data['user_id']}"


@activity.defn
async def write_file(content: str) -> Dict[str, Any]:
    return {"path": "story.txt", "content": content}


@activity.defn
async def create_audio(written: Any) -> Dict[str, Any]:
    return {"audio": written["path"].replace(".txt", ".mp3"), "text": written["content"]}


@activity.defn
async def break_down(data: Any) -> None:
    raise ApplicationError(f"no luck with {data['prompt']}", non_retryable=True)


@activity.defn
async def process_data(data: Any) -> Any:
    return {"processed": data}


@activity.defn(dynamic=True)
async def any_other(args: Sequence[RawValue]) -> Any:
    """Activities of any other name: `gate …` waits for the test, `echo …` returns its argument."""
    values = [activity.payload_converter().from_payload(arg.payload) for arg in args]
    name = activity.info().activity_type
    if name.startswith("gate"):
        return await pass_gate(values[0], name)
    if name.startswith("echo"):
        return values[0]
    raise ApplicationError(f"unknown activity {name}", non_retryable=True)


# --- Workflows --------------------------------------------------------------------------------


def do_something(result: Any) -> Any:
    return {"done": result}


@workflow.defn
class TestWorkflow(GenericTemporalWorkflow):
    """Three activities, each scheduled by the callback of the one before. The last callback sets the
    result."""

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        await self.schedule_activity(
            "generate_content", args=[data], callback=TestWorkflow.handle_content
        )

    async def handle_content(self, content: Any) -> Any:
        await self.schedule_activity(
            "write_file", args=[content], callback=TestWorkflow.handle_written
        )
        return content

    async def handle_written(self, written: Any) -> Any:
        await self.schedule_activity(
            "create_audio", args=[written], callback=TestWorkflow.handle_audio
        )
        return written

    async def handle_audio(self, audio: Any) -> Any:
        self.set_workflow_result(audio)
        return audio

    @workflow.run
    async def run(self, *args, **kwargs) -> Any:
        return await super().run(*args, **kwargs)


@workflow.defn
class HandledFailureWorkflow(GenericTemporalWorkflow):
    """An activity fails, and the workflow completes."""

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        await self.schedule_activity("generate_content", args=[data], callback=self.continue_with(data))

    def continue_with(self, data: Any):
        async def handle_content(_self, content: Any) -> Any:
            await self.schedule_activity("break_down", args=[data])
            return content

        return handle_content

    async def _handle_activity_error(self, error: Exception, activity_id: str) -> None:
        self.set_workflow_result({"gave_up": activity_id.split("_" + self.workflow_id)[0]}, "Failed")

    @workflow.run
    async def run(self, *args, **kwargs) -> Any:
        return await super().run(*args, **kwargs)


@workflow.defn
class MyWorkflow(GenericTemporalWorkflow):
    """The usage example of the package's readme, unchanged. It passes a bound method as the callback, which
    the package calls with one argument too many. So `run` returns nothing."""

    @workflow.run
    async def run(self, input_data: Dict[str, Any]):
        # Schedule an activity with callback
        result = await self.schedule_activity(
            "process_data",
            args=[input_data],
            callback=self.handle_result
        )
        return result

    async def handle_result(self, result):
        # Process activity result
        processed = do_something(result)
        # Set workflow result
        self.set_workflow_result(processed)
        return processed


@workflow.defn
class SilentWorkflow(GenericTemporalWorkflow):
    """Its own `run` returns nothing, so the result is the value that the last callback returned."""

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        await self.schedule_activity(
            "process_data", args=[data], callback=SilentWorkflow.handle_result
        )

    async def handle_result(self, result: Any) -> Any:
        processed = do_something(result)
        self.set_workflow_result(processed)
        return processed

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(
            lambda: self._workflow_result is not None and workflow.all_handlers_finished()
        )


@workflow.defn
class EchoWorkflow(GenericTemporalWorkflow):
    """Passes its argument through an activity and returns it. The argument can be any value."""

    def __init__(self) -> None:
        super().__init__()
        self._echoed = False

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        await self.schedule_activity("echo", args=[data], callback=EchoWorkflow.handle_echo)

    async def handle_echo(self, value: Any) -> Any:
        self._workflow_result = value
        self._echoed = True
        return value

    @workflow.run
    async def run(self) -> Any:
        await workflow.wait_condition(lambda: self._echoed and workflow.all_handlers_finished())
        return self._workflow_result


@workflow.defn
class FailingWorkflow(GenericTemporalWorkflow):
    """Fails."""

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        raise ApplicationError(f"no workflow for {data}")

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


@workflow.defn
class StepsWorkflow(GenericTemporalWorkflow):
    """Argument: `{"steps": [names], "arg": value}`. Runs an activity for each name, one after the
    other, and returns `{"results": [values]}`."""

    @workflow.signal
    async def handle_llm_request(self, data: Any) -> None:
        results = []
        for step in data["steps"]:
            await self.schedule_activity(step, args=[data.get("arg")], callback=keep)
            results.append(self.get_state(f"{step}_{self.workflow_id}_0"))
        self.set_workflow_result({"results": results})

    @workflow.run
    async def run(self, *args, **kwargs) -> Any:
        return await super().run(*args, **kwargs)


async def keep(_workflow: Any, result: Any) -> Any:
    return result


WORKFLOWS = [
    TestWorkflow,
    HandledFailureWorkflow,
    MyWorkflow,
    SilentWorkflow,
    EchoWorkflow,
    FailingWorkflow,
    StepsWorkflow,
]
ACTIVITIES = [generate_content, write_file, create_audio, break_down, process_data, any_other]


async def main(address: str, task_queue: str) -> None:
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        max_concurrent_activities=500,
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
