"""``/session``: who am I, log in, log out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from wayside.serve import shapes
from wayside.serve.access import V1
from wayside.serve.account_records import Login
from wayside.serve.guard import (
    GuardedRoute,
    caller_of,
    client_address,
    cookie_name,
    house_of,
    is_secure,
)
from wayside.serve.problems import Refusal
from wayside.serve.requests import LoginAsk, PasswordChange
from wayside.serve.roles import Caller, told

router = APIRouter(route_class=GuardedRoute, tags=["session"])


@router.post(f"{V1}/session", responses={401: {}, 429: {}})
def log_in(request: Request, response: Response, ask: LoginAsk) -> shapes.SessionShape:
    """By user and password, or by the token of the first-start link. Sets the cookie."""
    login = _login(request, ask)
    if login is None:
        raise Refusal(
            401,
            "the link is not valid any more" if ask.link else "wrong user or password",
            remedy="Restart the server for a new link" if ask.link else "Try again",
        )
    set_session(request, response, login)
    return _told(login.caller)


def set_session(request: Request, response: Response, login: Login) -> None:
    """The cookie, as strict as a browser can be with it."""
    house = house_of(request)
    response.set_cookie(
        cookie_name(request, house),
        login.secret,
        expires=login.expires,
        path="/",
        secure=is_secure(request, house),
        httponly=True,
        samesite="strict",
    )


@router.get(f"{V1}/session")
def who_am_i(request: Request) -> shapes.SessionShape:
    return _told(caller_of(request))


@router.delete(f"{V1}/session", status_code=204)
def log_out(request: Request) -> Response:
    """Ends the session everywhere it is open. An API token is not ended by this."""
    house = house_of(request)
    caller = caller_of(request)
    if caller.session:
        house.accounts.log_out(caller)
    response = Response(status_code=204)
    response.delete_cookie(
        cookie_name(request, house),
        path="/",
        secure=is_secure(request, house),
        httponly=True,
        samesite="strict",
    )
    return response


@router.put(f"{V1}/session/password", status_code=204, responses={429: {}})
def change_password(request: Request, ask: PasswordChange) -> Response:
    """One's own. Other sessions and the tokens of the user end; this session goes on."""
    changed = house_of(request).accounts.change_own_password(
        caller_of(request),
        ask.old.get_secret_value(),
        ask.new.get_secret_value(),
        client_address(request),
    )
    if not changed:
        # Not 401: whoever asks is logged in, and the page must not take it for the end of that.
        raise Refusal(403, "the present password is wrong", where="old", remedy="Try again")
    return Response(status_code=204)


def _login(request: Request, ask: LoginAsk) -> Login | None:
    accounts = house_of(request).accounts
    address = client_address(request)
    if ask.link is not None and ask.user is None and ask.password is None:
        return accounts.log_in_by_link(ask.link.get_secret_value(), address)
    if ask.link is None and ask.user is not None and ask.password is not None:
        return accounts.log_in(ask.user, ask.password.get_secret_value(), address)
    raise Refusal(422, "give either user and password, or link")


def _told(caller: Caller) -> shapes.SessionShape:
    return shapes.SessionShape(
        user=caller.user,
        role=caller.role.value,
        must_create_user=caller.must_create_user,
        groups=told(caller.groups),
    )
