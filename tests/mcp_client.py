"""The official Python client of MCP (PyPI `mcp`) lists and calls every tool of one of our servers.

    mcp_client.py SERVER --url URL [--token TOKEN]
    mcp_client.py SERVER --command PROGRAM ARGUMENT...

It connects once with the handshake of the versions up to 2025-11-25, and once as the client itself prefers. Each time it
checks what is listed, calls every listed tool with the arguments of the table below, and checks the envelope that comes
back. It fails when a tool is listed that the table does not know, or the other way about. What it did is printed as one JSON document.

The arguments speak of the simulated estate, on which the end-to-end tests run it. Deliberately absent: whether the
answers are right, which the tests of each server hold.
"""

import argparse
import asyncio
import json
import os
import sys

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

HANDSHAKE_VERSIONS = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}
INVALID_PARAMS = -32602


def first(value, name):
    """The first value called `name` anywhere in a result: a field, or a column of a table."""
    if isinstance(value, dict):
        columns, rows = value.get("columns"), value.get("rows")
        if isinstance(columns, list) and name in columns and rows:
            return rows[0][columns.index(name)]
        if name in value and not isinstance(value[name], (dict, list)):
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            found = first(inner, name)
            if found is not None:
                return found
    return None


# The arguments of each tool, by server, in the order of the calls. A function gets the results so far.
SHOP = {"namespace": "shop"}
# The repository of the fake GitHub, and two of its commits.
ACME = {"repository": "acme/shop"}
NEW_COMMIT = "abc1234abc1234abc1234abc1234abc1234abc12"
OLD_COMMIT = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
ARGUMENTS = {
    "kubernetes": {
        "cluster_health": {},
        "list": {"kind": "Pod", **SHOP},
        "get": {"kind": "Deployment", "name": "checkout", **SHOP},
        "count": {"kind": "Pod"},
        "events": {},
        "logs": {"target": "deployment/checkout", **SHOP},
        "rollout_status": {"kind": "Deployment", "name": "checkout", **SHOP},
        "rollout_history": {"name": "checkout", **SHOP},
        "owner_tree": {"kind": "Deployment", "name": "checkout", **SHOP},
        "recent_changes": {},
        "top": {},
        "who_can_reach": {"service": "checkout", **SHOP},
        "can_i": {},
        "storage": {},
    },
    "prometheus": {
        "query": {"query": "up"},
        "query_range": {"query": "up"},
        "find_metrics": {},
        "label_values": {"label": "job"},
        "alerts": {},
        "rules": {},
        "targets": {},
        "golden_signals": {"service": "checkout"},
        "compare_windows": {"query": "up"},
        "anomalies": {"query": "up", "history": "6h"},
        "change_points": {"query": "up"},
        "forecast": {"query": "up", "bound": 2, "history": "6h"},
        "metric_metadata": {"metric": "up"},
        "silences": {},
    },
    "loki": {
        "query": {"query": '{namespace="shop"}'},
        "patterns": {"query": '{namespace="shop"}'},
        "new_errors": {"query": '{namespace="shop"}'},
        "stats": {"query": '{namespace="shop"}'},
        "labels": {},
        "label_values": {"label": "namespace"},
    },
    "tempo": {
        "search": {},
        "sample_fast_slow": {"service": "checkout"},
        "trace_summary": lambda results: {"trace_id": first(results["search"], "trace_id")},
        "trace_diff": lambda results: {
            "baseline": first(results["sample_fast_slow"], "trace_id"),
            "trace_id": first(results["search"], "trace_id"),
        },
        "attribute_names": {},
        "attribute_values": {"attribute": "resource.service.name"},
        "service_map": {},
        "metrics": {},
    },
    "github": {
        "commits": ACME,
        "pull_requests": ACME,
        "deployments": ACME,
        "workflow_runs": ACME,
        "compare": {"base": OLD_COMMIT, "head": NEW_COMMIT, **ACME},
        "read_file": {"path": "shop.toml", **ACME},
        "code_search": {"query": "fee", **ACME},
    },
}


class Broken(Exception):
    """Something is not as it must be."""


def hold(condition, told):
    if not condition:
        raise Broken(told)


def check_listed(tool):
    """What a client must find in a listed tool."""
    hold(tool.description and tool.title, f"{tool.name}: no title or no description")
    hold(tool.input_schema.get("type") == "object", f"{tool.name}: its input schema is no object")
    hold(tool.annotations and tool.annotations.read_only_hint is True, f"{tool.name}: not announced as a read")
    if tool.output_schema is not None:
        hold(tool.output_schema.get("type") == "object", f"{tool.name}: its output schema is no object")


def envelope(tool, result):
    """The result of a good call, which has the form of every result of ours."""
    hold(len(result.content) == 1 and result.content[0].type == "text", f"{tool.name}: not one block of text")
    text = result.content[0].text
    hold(not result.is_error, f"{tool.name}: failed: {text}")
    if tool.output_schema is None:
        hold(result.structured_content is None, f"{tool.name}: structured content that was not announced")
        document = json.loads(text)
    else:
        # The client has held it against the schema already; the text is for people.
        document = result.structured_content
        hold(isinstance(document, dict) and text.strip(), f"{tool.name}: no structured content, or no text")
    hold("data" in document and "error" not in document, f"{tool.name}: no data: {text[:300]}")
    hold(type(document.get("returned")) is int, f"{tool.name}: does not say how much came back: {text[:300]}")
    return document


async def list_all(client):
    tools, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            return tools


async def call_all(client, table):
    """Calls each listed tool once. Gives what came back, by tool."""
    tools = await list_all(client)
    unknown = sorted(tool.name for tool in tools if tool.name not in table)
    hold(not unknown, f"add arguments for these tools to the table: {unknown}")
    order = list(table)
    gone = sorted(set(order) - {tool.name for tool in tools})
    hold(not gone, f"these tools of the table are not listed: {gone}")
    results = {}
    for tool in sorted(tools, key=lambda tool: order.index(tool.name)):
        check_listed(tool)
        arguments = table[tool.name]
        if callable(arguments):
            arguments = arguments(results)
        results[tool.name] = envelope(tool, await client.call_tool(tool.name, arguments))
    return results


async def check_mistakes(client, tool):
    """An unknown tool is an error of the protocol; wrong arguments are a result that a model can read."""
    try:
        await client.call_tool("no_such_tool", {})
        raise Broken("a tool that does not exist was called")
    except MCPError as error:
        hold(error.code == INVALID_PARAMS, f"an unknown tool: {error.code} {error}")
    wrong = await client.call_tool(tool, {"no_such_argument": 1})
    hold(wrong.is_error is True, f"{tool}: an argument that does not exist was taken")
    failure = json.loads(wrong.content[0].text)["error"]
    hold(failure["kind"] == "bad_request", f"{tool}: {failure}")


def connection(options):
    """What the client connects to; anew for each connection."""
    if options.url is None:
        program, *arguments = options.command
        # The whole environment: the server finds its backend in it.
        return StdioServerParameters(command=program, args=arguments, env=dict(os.environ))
    headers = {"Authorization": f"Bearer {options.token}"} if options.token else None
    return streamable_http_client(options.url, http_client=create_mcp_http_client(headers=headers))


async def speak(options, mode):
    async with Client(connection(options), mode=mode, read_timeout_seconds=30) as client:
        name = client.server_info.name
        hold(name == f"auto-devops-{options.server}", f"another server answers: {name}")
        if mode == "legacy":
            hold(client.protocol_version in HANDSHAKE_VERSIONS, f"version {client.protocol_version}")
        results = await call_all(client, ARGUMENTS[options.server])
        await check_mistakes(client, next(iter(results)))
        return {
            "mode": mode,
            "version": client.protocol_version,
            "called": list(results),
            "structured": all(tool.output_schema is not None for tool in await list_all(client)),
            "returned": {tool: result["returned"] for tool, result in results.items()},
        }


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server", choices=sorted(ARGUMENTS))
    parser.add_argument("--url")
    parser.add_argument("--token")
    parser.add_argument("--command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if (options.url is None) == (options.command is None):
        parser.error("one of --url and --command")
    print(json.dumps([await speak(options, mode) for mode in ("legacy", "auto")]))


def told(error):
    """A group of errors by those in it."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(told(inner) for inner in error.exceptions)
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception as error:
        sys.exit(f"mcp_client.py: {told(error)}")
