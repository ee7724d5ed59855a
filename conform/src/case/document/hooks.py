"""Changes most requests that schemathesis generates so that they name existing workflows.

`existing.json` lists the workflows. Requests that were generated to be invalid are not changed. `succeeded.json`
counts how often each operation succeeded.
"""

import json
import threading
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation

with open("existing.json", encoding="utf-8") as file:
    EXISTING = json.load(file)

SUCCEEDED = {}
LOCK = threading.Lock()


def operation(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Describes the blocks of an event stream, which OpenAPI 3.1 cannot."""
    item = raw_schema["paths"]["/v1/workflows/{id}/events"]["get"]
    data = {
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Event"},
    }
    item["responses"]["200"]["content"]["text/event-stream"] = {
        "itemSchema": {
            "type": "object",
            "if": {"properties": {"event": {"const": "message"}}},
            "then": {"required": ["id", "data"], "properties": {"data": data}},
        }
    }


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Ignores responses without a body to paths or headers of more than 64 KiB."""
    return not (response.status_code in (414, 431) and not response.content)


@schemathesis.hook
def before_call(context, case, **kwargs):
    name = operation(case)
    checksum = zlib.crc32(repr([case.path_parameters, case.query, case.body]).encode())
    # A quarter stay as generated, and name no existing workflow.
    if checksum % 4 == 0:
        return

    def may_change(location):
        return case.meta is None or not case.meta.is_negative_at(location)

    workflow = None
    if name in EXISTING["workflows"] and may_change(ParameterLocation.PATH):
        workflows = EXISTING["workflows"][name]
        workflow = workflows[checksum % len(workflows)]
        case.path_parameters = {"id": workflow["workflow_id"]}
        if name in EXISTING["messages"]:
            case.path_parameters["name"] = EXISTING["messages"][name]["name"]
    if may_change(ParameterLocation.QUERY):
        query = dict(case.query or {})
        if workflow and "run_id" in query:
            query["run_id"] = workflow["run_id"]
        if workflow and "after" in query:
            query["after"] = workflow["cursor"]
        # A cursor in the header takes precedence over one in the query, even if it is invalid.
        if workflow and "Last-Event-ID" in (case.headers or {}):
            if may_change(ParameterLocation.HEADER):
                case.headers = {**case.headers, "Last-Event-ID": workflow["cursor"]}
        if name == "list":
            query = {key: query[key] for key in query if key == "page_size"}
        case.query = query
    if (
        name in EXISTING["messages"]
        and isinstance(case.body, dict)
        and may_change(ParameterLocation.BODY)
    ):
        case.body = {**case.body, "args": EXISTING["messages"][name]["args"]}


@schemathesis.hook
def after_call(context, case, response):
    if not 200 <= response.status_code < 300:
        return
    with LOCK:
        name = operation(case)
        SUCCEEDED[name] = SUCCEEDED.get(name, 0) + 1
        with open("succeeded.json", "w", encoding="utf-8") as file:
            json.dump(SUCCEEDED, file)
