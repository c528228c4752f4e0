"""FastMCP with one tool that does nothing, behind its own verifier of JWTs.

python fastmcp_server.py PORT ISSUER AUDIENCE
"""

import sys

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from starlette.responses import Response

port, issuer, audience = sys.argv[1:]
auth = JWTVerifier(
    jwks_uri=f"{issuer}/.well-known/jwks.json",
    issuer=issuer,
    audience=audience,
    algorithm="ES256",
    ssrf_safe=False,
)
mcp = FastMCP("bench", auth=auth)


@mcp.tool
def noop() -> str:
    """Does nothing."""
    return "ok"


@mcp.custom_route("/readyz", methods=["GET"])
async def readyz(_) -> Response:
    """Tells when it runs."""
    return Response()


mcp.run(
    transport="http",
    host="127.0.0.1",
    port=int(port),
    path="/mcp",
    stateless_http=True,
    json_response=True,
    show_banner=False,
    log_level="error",
    uvicorn_config={"access_log": False},
)
