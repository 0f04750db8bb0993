"""``/sign-in``: by the site's OpenID provider; the browser goes there and comes back."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from wayside.observe.logging import get_logger
from wayside.serve import shapes
from wayside.serve.access import V1
from wayside.serve.guard import GuardedRoute, client_address, house_of, is_secure
from wayside.serve.problems import Refusal
from wayside.serve.routes.session import set_session
from wayside.serve.sign_in.pending import LIFE_S
from wayside.serve.sign_in.reach import ProviderFault
from wayside.serve.sign_in.sign_in import SignIn

router = APIRouter(route_class=GuardedRoute, tags=["session"])

COOKIE: Final = "wayside-sign-in"
_PATH: Final = f"{V1}/sign-in"
_SEEN: Final[dict[int | str, dict[str, Any]]] = {
    303: {"description": "To the provider, or back to the page"}
}


@router.get(f"{V1}/sign-in")
def how_to_sign_in(request: Request) -> shapes.SignInShape:
    """What the page may offer beside user and password."""
    found = house_of(request).sign_in
    return shapes.SignInShape(name=None if found is None else found.name)


@router.get(
    f"{V1}/sign-in/begin", response_class=Response, status_code=303, responses={**_SEEN, 429: {}}
)
def begin(request: Request) -> Response:
    """Sends the browser to the provider. The cookie binds what comes back to this browser."""
    try:
        begun, address = _sign_in(request).begin(client_address(request))
    except ProviderFault as error:
        return _back(error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        COOKIE,
        begun.browser,
        max_age=round(LIFE_S),
        path=_PATH,
        secure=is_secure(request, house_of(request)),
        httponly=True,
        samesite="lax",  # the way back is a link from another site
    )
    return response


@router.get(
    f"{V1}/sign-in/callback", response_class=Response, status_code=303, responses={**_SEEN, 429: {}}
)
def callback(request: Request) -> Response:
    """Where the provider sends the browser back. Ends at the page, with a session or without."""
    sign_in = _sign_in(request)
    query = request.query_params
    answer = {key: query[key][:4096] for key in query if len(query.getlist(key)) == 1}
    try:
        login = sign_in.end(answer, request.cookies.get(COOKIE, ""), client_address(request))
    except ProviderFault as error:
        return _back(error)
    response = RedirectResponse("/" if login else "/#sign-in=refused", 303)
    response.delete_cookie(COOKIE, path=_PATH)
    if login is not None:
        set_session(request, response, login)
    return response


def _sign_in(request: Request) -> SignIn:
    found = house_of(request).sign_in
    if found is None:
        raise Refusal(404, "this site has no OpenID provider", remedy="Log in with a password")
    return found


def _back(error: ProviderFault) -> Response:
    get_logger(__name__).warning("a sign-in by the provider failed", error=str(error))
    return RedirectResponse("/#sign-in=failed", 303)
