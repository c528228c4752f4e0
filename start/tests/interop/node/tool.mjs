// What a call of a tool looks like: Model Context Protocol, revision 2025-06-18, Streamable HTTP.

export const headers = {
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
  "mcp-protocol-version": "2025-06-18",
};

export const body = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "get_nutrition", arguments: { foodId: "09040", amount: 1, unit: "medium" } },
});

/** The calories of a medium banana, out of the answer. */
export async function calories(answer) {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${answer.headers.get("www-authenticate")} ${text}`);
  const json = text.startsWith("{") ? text : text.match(/^data: ?(\{.*)$/m)[1];
  return JSON.parse(json).result.structuredContent.nutrients.calories.value;
}
