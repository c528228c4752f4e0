"""What a call of a tool looks like: Model Context Protocol, revision 2025-06-18, Streamable HTTP."""

HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "get_nutrition", "arguments": {"foodId": "09040", "amount": 1, "unit": "medium"}},
}


def calories(answer):
    """The calories of a medium banana, out of the answer."""
    answer.raise_for_status()
    return answer.json()["result"]["structuredContent"]["nutrients"]["calories"]["value"]
