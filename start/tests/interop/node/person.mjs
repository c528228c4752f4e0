// A person at a browser that has cookies and forms, but no script.

/** Opens the authorization URL, fills in what is asked for, presses Allow; the address of the client's callback. */
export async function allow(authorizationUrl, redirectUri, fields) {
  const cookies = new Map();
  const open = async (url, options = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: { cookie }, ...options });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      cookies.set(name, value);
    }
    return answer;
  };
  let url = new URL(authorizationUrl);
  let answer = await open(url);
  for (let pages = 0; pages < 20; pages++) {
    const location = answer.headers.get("location");
    if (location) {
      url = new URL(location, url);
      if (url.href.startsWith(redirectUri)) return url;
      answer = await open(url);
    } else {
      const page = await answer.text();
      const form = page.match(/<form[^>]*>(?:(?!<\/form>)[^])*(?:type="password"|>Allow<|type="submit")[^]*?<\/form>/);
      if (!answer.ok || !form) throw new Error(`${answer.status} at ${url}: ${page}`);
      url = new URL(attribute(form[0], "action") ?? "", url);
      answer = await open(url, { method: "POST", body: filled(form[0], fields) });
    }
  }
  throw new Error(`too many pages; the last was ${url}`);
}

function filled(form, fields) {
  const filled = new URLSearchParams();
  for (const [element] of form.matchAll(/<input[^>]*>|<button[^>]*>Allow</g)) {
    const name = attribute(element, "name");
    if (name) filled.set(name, fields[name] ?? attribute(element, "value") ?? "");
  }
  return filled;
}

function attribute(element, name) {
  return element.match(new RegExp(` ${name}="([^"]*)"`))?.[1].replace(/&amp;|&#38;/g, "&");
}
