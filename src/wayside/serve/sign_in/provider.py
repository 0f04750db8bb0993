"""The OpenID provider: where to send people, and who it says has come back.

Authorization code with PKCE. What a token must be is checked by Authlib and joserfc; which
algorithms, issuer, audience and nonce are right is said here. Tokens are used and forgotten.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from wayside.domain.time import Clock
from wayside.serve.sign_in.pending import Begun
from wayside.serve.sign_in.reach import ProviderFault, Reach, require_safe_url
from wayside.serve.sign_in.settings import ProviderSettings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Of keys that the provider alone holds: neither ``none`` nor HMAC with a known key."""

LEEWAY_S = 60
"""By which the provider's clock may differ from ours."""

_KEPT_S = 600.0


class TokenRefused(ProviderFault):
    """The provider's word is not good: not of it, not for us, not for this sign-in, or too old."""


class Provider:
    """Any thread may use it."""

    def __init__(self, settings: ProviderSettings, reach: Reach, clock: Clock) -> None:
        self._settings = settings
        self._reach = reach
        self._clock = clock
        self._kept: tuple[float, dict[str, Any]] | None = None

    def address(self, begun: Begun) -> str:
        """Where the browser goes to sign in. Raises ProviderFault."""
        settings = self._settings
        url: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            client_id=settings.client_id,
            response_type="code",
            redirect_uri=settings.redirect_uri,
            scope=" ".join(settings.scopes),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return url

    def claims(self, code: str, issuer: str | None, begun: Begun) -> Mapping[str, Any]:
        """What the provider says of whom it sent back with ``code``.

        issuer: as the answer names it. Raises TokenRefused, ProviderFault.
        """
        metadata = self._metadata()
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported"):
            raise TokenRefused("the answer does not say which provider it is of")
        if issuer not in (None, self._settings.issuer):
            raise TokenRefused("the answer is of another provider")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": begun.verifier,
        }
        headers = self._credentials(form)
        answer = self._reach.post(self._endpoint("token_endpoint"), form, headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("the provider gave no identity")
        return self._checked(token, answer.get("access_token"), begun.nonce)

    def _checked(self, token: str, access_token: object, nonce: str) -> Mapping[str, Any]:
        try:
            keys = KeySet.import_key_set(self._reach.get(self._endpoint("jwks_uri")))  # type: ignore[arg-type]
            decoded = jwt.decode(
                token,
                keys,
                registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
            )
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                    "exp": {"essential": True},
                    "sub": {"essential": True},
                },
                {
                    "nonce": nonce,
                    "client_id": self._settings.client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused(
                f"the provider's identity token is not good ({type(error).__name__})"
            ) from error
        return dict(claims)

    def _credentials(self, form: dict[str, str]) -> dict[str, str]:
        """The client's secret, in the header or, where only that is taken, in the form."""
        settings = self._settings
        methods = self._metadata().get("token_endpoint_auth_methods_supported")
        if isinstance(methods, list) and "client_secret_basic" not in methods:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
            return {}
        pair = f"{quote(settings.client_id, safe='')}:{quote(settings.client_secret, safe='')}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

    def _endpoint(self, name: str) -> str:
        return require_safe_url(self._metadata().get(name), name)

    def _metadata(self) -> dict[str, Any]:
        """Kept for ten minutes. Raises ProviderFault, also where it is another provider's."""
        now_s = self._clock.monotonic_s()
        if self._kept is not None and now_s - self._kept[0] < _KEPT_S:
            return self._kept[1]
        issuer = require_safe_url(self._settings.issuer, "issuer")
        found = self._reach.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ProviderFault(
                "what is found at the issuer's address is of another issuer",
                remedy="Write the issuer in site.yaml as the provider does",
            )
        self._kept = (now_s, found)
        return found
