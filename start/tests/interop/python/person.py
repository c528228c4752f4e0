"""A person at a browser that has cookies and forms, but no script."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


def allow(authorization_url, redirect_uri, fields):
    """Opens the address, fills in what is asked for, presses Allow; the address of the client's callback."""
    browser = requests.Session()
    url = authorization_url
    answer = browser.get(url, allow_redirects=False)
    for _ in range(20):
        if "location" in answer.headers:
            url = urljoin(url, answer.headers["location"])
            if url.startswith(redirect_uri):
                return url
            answer = browser.get(url, allow_redirects=False)
        else:
            answer.raise_for_status()
            form = next(form for form in Forms.of(answer.text) if "password" in form.fields or form.allow)
            url = urljoin(url, form.action)
            filled = form.fields | form.allow | {name: fields[name] for name in form.fields if name in fields}
            answer = browser.post(url, data=filled, allow_redirects=False)
    raise RuntimeError(f"too many pages; the last was {url}")


class Form:
    def __init__(self, action):
        self.action, self.fields, self.allow = action, {}, {}


class Forms(HTMLParser):
    @classmethod
    def of(cls, page):
        parser = cls()
        parser.forms, parser.button = [], {}
        parser.feed(page)
        return parser.forms

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        named = {attributes["name"]: attributes.get("value", "")} if "name" in attributes else {}
        if tag == "form":
            self.forms.append(Form(attributes.get("action", "")))
        elif tag == "input" and self.forms:
            self.forms[-1].fields |= named
        elif tag == "button":
            self.button = named

    def handle_data(self, data):
        if data.strip() == "Allow" and self.button:
            self.forms[-1].allow = self.button
