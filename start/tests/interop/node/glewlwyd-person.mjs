// A person at glewlwyd, whose pages are a program in the browser: the calls that the pages make.

/** Signs in, allows the client what it asks for; the address of the client's callback. */
export async function allow(authorizationUrl, redirectUri, fields) {
  const asked = new URL(authorizationUrl).searchParams;
  const api = new URL("..", authorizationUrl);
  let cookie = "";
  const send = async (url, method, body) => {
    const headers = { cookie, "content-type": "application/json" };
    const answer = await fetch(url, { method, headers, redirect: "manual", body: body && JSON.stringify(body) });
    cookie ||= answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    if (answer.status >= 400) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  await send(new URL("auth/", api), "POST", fields);
  await send(new URL(`auth/grant/${asked.get("client_id")}`, api), "PUT", { scope: asked.get("scope") });
  const answer = await send(`${authorizationUrl}&g_continue`, "GET");
  const location = answer.headers.get("location");
  if (!location?.startsWith(redirectUri)) throw new Error(`it sends to ${location}`);
  return new URL(location);
}
