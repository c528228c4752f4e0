//! What each error code means, its usual causes, and what to do: for those who build or set up a client.

/// The help for one code.
#[derive(Debug)]
pub(super) struct Help {
    /// The code as registered.
    pub code: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Where it usually comes from.
    pub causes: &'static [&'static str],
    /// What to do.
    pub remedy: &'static str,
    /// Where it is written down.
    pub specification: &'static str,
}

macro_rules! help {
    ($($code:literal, $meaning:literal, [$($cause:literal),+ $(,)?], $remedy:literal, $specification:literal;)+) => {
        &[$(Help {
            code: $code,
            meaning: $meaning,
            causes: &[$($cause),+],
            remedy: $remedy,
            specification: $specification,
        }),+]
    };
}

/// All of it.
pub(super) const HELP: &[Help] = help! {
    "invalid_request", "The request lacks a parameter, has one twice, or has one that cannot be read.",
        ["A parameter is missing: code_challenge with S256 is always needed.", "A parameter was sent twice.",
         "The body is not application/x-www-form-urlencoded."],
        "Send the request as error_description says. It will not succeed unchanged.", "RFC 6749 section 5.2";
    "invalid_client", "The client is not known here, or did not prove who it is.",
        ["This server was set up anew since the client registered.", "The client sends a secret that is wrong or has ended.",
         "It authenticates in another way than it registered for."],
        "Forget the stored client_id and register again. Where an administrator made the client, check its secret.",
        "RFC 6749 section 5.2";
    "invalid_grant", "The code or the refresh token is of no use any more.",
        ["The person signed the app out, or the sign-in ended by age.", "The code was used before, or waited too long.",
         "The code_verifier does not open the code_challenge.", "An old refresh token came again, which ends everything it belongs to."],
        "Start a new authorization; trying again with the same token never helps. Always store the newest refresh token.",
        "RFC 6749 section 5.2";
    "unauthorized_client", "The client may not use this grant.",
        ["The grant was not among the client's grant_types when it registered."],
        "Register again with the grant in grant_types.", "RFC 6749 section 5.2";
    "unsupported_grant_type", "The grant is not known here.",
        ["A misspelled grant_type.", "A grant of OAuth 2.0 that OAuth 2.1 left out, such as password."],
        "Use one of grant_types_supported in the metadata.", "RFC 6749 section 5.2";
    "invalid_scope", "The scope cannot be read.",
        ["A scope holds a quote, a backslash or another character that scopes do not have.", "Scopes are separated by something else than one space."],
        "Send scopes separated by spaces. Unknown scopes are no error; they are left out.", "RFC 6749 section 5.2";
    "invalid_target", "Tokens for this resource are not given out here, or not with this grant.",
        ["resource is not one that this server knows.", "Two different resources in one request.",
         "A refresh asks for another resource than the grant is for."],
        "Send the resource from the protected resource metadata, byte for byte, and one only.", "RFC 8707 section 2";
    "unsupported_token_type", "This kind of token cannot be revoked.",
        ["A token of another server."], "Send an access token or a refresh token from here.", "RFC 7009 section 2.2.1";
    "invalid_redirect_uri", "A redirect URI may not be registered.",
        ["http to something else than localhost, 127.0.0.1 or [::1].", "A fragment, or a scheme that runs something."],
        "Register https addresses, loopback addresses, or a scheme of your own program.", "RFC 7591 section 3.2.2";
    "invalid_client_metadata", "Something in the registration cannot be taken.",
        ["The body is not JSON.", "A member has the wrong type or is too long.", "A way to authenticate that is not supported."],
        "Correct the member that error_description names.", "RFC 7591 section 3.2.2";
    "invalid_token", "The access token is of no use here.",
        ["It ended or was revoked.", "It was altered, or comes from another server."],
        "Get a new one with the refresh token; if that fails with invalid_grant, start a new authorization.", "RFC 6750 section 3.1";
    "insufficient_scope", "The access token does not allow this.",
        ["The person allowed less than the request needs.", "The client did not ask for the scope."],
        "Start a new authorization that asks for the scope.", "RFC 6750 section 3.1";
    "invalid_dpop_proof", "The DPoP proof is missing or does not hold.",
        ["The proof is for another method or URL.", "The clock of the client is wrong.", "The proof was used before.",
         "It is signed with another key than the token is bound to."],
        "Make a new proof for each request, with the exact URL and a correct clock.", "RFC 9449 section 5";
    "use_dpop_nonce", "The DPoP proof must hold the nonce of this answer.",
        ["The first request of a client, or a nonce that is too old."],
        "Repeat the request once with the value of the DPoP-Nonce header in the proof.", "RFC 9449 section 8";
    "temporarily_unavailable", "The server cannot answer right now.",
        ["Too many requests came from this address or client.", "The database is busy or away."],
        "Wait as long as Retry-After says, then send the same request again. Keep the tokens.", "RFC 6749 section 4.1.2.1";
    "server_error", "Something went wrong in this server.",
        ["A fault of the server or its machine."],
        "Try again later. Whoever runs the server finds the cause in its log.", "RFC 6749 section 4.1.2.1";
    "access_denied", "The person said no.",
        ["Somebody pressed Deny."], "Do not ask again by itself; let the person start it.", "RFC 6749 section 4.1.2.1";
    "authorization_pending", "The person has not decided yet.",
        ["A program with a device code asks before somebody typed its user code and pressed Allow."],
        "Show the user code and the address, wait as long as interval says, then send the same request again.", "RFC 8628 section 3.5";
    "slow_down", "The person has not decided yet, and the program asks too often.",
        ["A program asks again before the interval is over.", "Two programs use the same device code."],
        "Wait five seconds longer than before between two requests, from now on.", "RFC 8628 section 3.5";
    "expired_token", "The device code has ended.",
        ["Nobody typed the user code and pressed Allow within ten minutes."],
        "Begin anew, when the person wants it, and show the new code.", "RFC 8628 section 3.5";
    "unsupported_response_type", "Only response_type=code is answered.",
        ["token or id_token: the implicit flow is not in OAuth 2.1."],
        "Use the authorization code flow with PKCE.", "RFC 6749 section 4.1.2.1";
    "login_required", "Nobody is signed in, and the request wanted no page.",
        ["prompt=none while the person's session has ended."],
        "Send the request again without prompt=none.", "OpenID Connect Core 1.0 section 3.1.2.6";
    "consent_required", "The person must be asked, and the request wanted no page.",
        ["prompt=none before the person allowed the client, or for a program on the person's own computer, which is asked about each time."],
        "Send the request again without prompt=none.", "OpenID Connect Core 1.0 section 3.1.2.6";
    "request_not_supported", "Requests as signed objects are not taken.",
        ["The parameter request."], "Send plain parameters, or push the request (RFC 9126).", "OpenID Connect Core 1.0 section 3.1.2.6";
    "request_uri_not_supported", "request_uri leads to something that was not pushed here.",
        ["A request_uri of the client's own server.", "A request_uri that was cut off."],
        "Push the request to pushed_authorization_request_endpoint and use the request_uri from there.",
        "OpenID Connect Core 1.0 section 3.1.2.6";
    "registration_not_supported", "A client cannot be described in the request.",
        ["The parameter registration."], "Register at registration_endpoint.", "OpenID Connect Core 1.0 section 3.1.2.6";
};
