"""Authlib: every endpoint of the issuer, and a tool."""

import json
import os

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from person import allow
from tool import CALL, HEADERS, calories

ISSUER, RESOURCE = os.environ["ISSUER"], os.environ["RESOURCE"]
REDIRECT_URI = "http://127.0.0.1:50123/callback"

metadata = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server").json()
assert metadata["issuer"] == ISSUER
token_endpoint = metadata["token_endpoint"]

# A client of our own: registered, public.
wish = {"client_name": "Authlib", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
registered = requests.post(metadata["registration_endpoint"], json=wish)
assert registered.status_code == 201, registered.text
client = OAuth2Session(
    registered.json()["client_id"],
    token_endpoint_auth_method="none",
    scope="openid food:read",
    redirect_uri=REDIRECT_URI,
    code_challenge_method="S256",
)

# Authorization code with PKCE, and an ID token.
verifier, nonce = generate_token(48), generate_token(24)
authorize, state = client.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, resource=RESOURCE
)
fields = {"username": os.environ["USERNAME"], "password": os.environ["PASSWORD"]}
callback = allow(authorize, REDIRECT_URI, fields)
first = dict(client.fetch_token(token_endpoint, authorization_response=callback, state=state, code_verifier=verifier))
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
who = jwt.decode(first["id_token"], keys).claims
assert (who["iss"], who["aud"], who["nonce"]) == (ISSUER, client.client_id, nonce)
assert client.get(metadata["userinfo_endpoint"]).json()["sub"] == who["sub"]

# Refresh, and a tool.
second = dict(client.refresh_token(token_endpoint, refresh_token=first["refresh_token"]))
assert second["access_token"] != first["access_token"] and second["refresh_token"] != first["refresh_token"]
assert calories(client.post(RESOURCE, json=CALL, headers=HEADERS)) == 105

# A service gets a token by itself.
service = OAuth2Session(os.environ["SERVICE_ID"], os.environ["SERVICE_SECRET"], scope="food:read")
own = dict(service.fetch_token(token_endpoint, grant_type="client_credentials", resource=RESOURCE))
assert calories(service.post(RESOURCE, json=CALL, headers=HEADERS)) == 105

# A resource server asks what a token is.
asker = OAuth2Session(os.environ["ASKER_ID"], os.environ["ASKER_SECRET"], token_endpoint_auth_method="client_secret_post")


def introspect(token):
    return asker.introspect_token(metadata["introspection_endpoint"], token=token).json()


told = introspect(second["access_token"])
assert (told["active"], told["sub"], told["client_id"]) == (True, who["sub"], client.client_id)
assert introspect(own["access_token"])["active"]

# Revocation: of the service's token, and of all that the person allowed.
assert service.revoke_token(metadata["revocation_endpoint"], token=own["access_token"]).ok
assert client.revoke_token(metadata["revocation_endpoint"], token=second["refresh_token"]).ok
assert introspect(own["access_token"]) == introspect(second["access_token"]) == {"active": False}

print(json.dumps({"revoked": [own["access_token"], second["access_token"]]}))
