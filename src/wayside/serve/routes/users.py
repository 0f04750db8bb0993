"""``/users``, ``/tokens`` and ``/audit``: who may come in, and who did what. For admins."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from wayside.serve import shapes
from wayside.serve.access import V1
from wayside.serve.account_records import Token, User, time_of
from wayside.serve.accounts import UNCHANGED
from wayside.serve.asking import Cursor, Limit
from wayside.serve.audit import AuditEntry
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.problems import Refusal
from wayside.serve.requests import TokenAsk, UserAsk, UserChange
from wayside.serve.roles import Groups, told

router = APIRouter(route_class=GuardedRoute, tags=["users"])


@router.get(f"{V1}/users")
def list_users(request: Request) -> shapes.UsersShape:
    return shapes.UsersShape(items=[_user(each) for each in house_of(request).accounts.users()])


@router.post(f"{V1}/users", status_code=201, responses={429: {}})
def add_user(request: Request, ask: UserAsk) -> shapes.UserShape:
    """The first one is an admin, and the first-start session becomes his."""
    accounts = house_of(request).accounts
    password = ask.password.get_secret_value()
    return _user(
        accounts.add_user(
            ask.name, password, ask.role, groups=_groups(ask.groups), by=caller_of(request)
        )
    )


@router.patch(f"{V1}/users/{{name}}", responses={429: {}})
def change_user(request: Request, name: str, ask: UserChange) -> shapes.UserShape:
    """A new password ends all of the user's sessions and tokens."""
    changed = house_of(request).accounts.change_user(
        name,
        password=None if ask.password is None else ask.password.get_secret_value(),
        role=ask.role,
        groups=_groups(ask.groups) if "groups" in ask.model_fields_set else UNCHANGED,
        by=caller_of(request),
    )
    if changed is None:
        raise _no_user()
    return _user(changed)


@router.delete(f"{V1}/users/{{name}}", status_code=204)
def remove_user(request: Request, name: str) -> Response:
    """With all sessions and tokens. The last admin cannot be removed."""
    if not house_of(request).accounts.remove_user(name, by=caller_of(request)):
        raise _no_user()
    return Response(status_code=204)


@router.get(f"{V1}/audit")
def list_audit(request: Request, cursor: Cursor = None, limit: Limit = 100) -> shapes.AuditShape:
    """Log-ins and changes, newest first. The chain of hashes is checked from its begin each time.

    Entries cut off the newest end leave no trace: keep the newest hash elsewhere to notice that.
    """
    if cursor is not None and not (cursor.isdecimal() and len(cursor) <= 18):
        raise Refusal(422, "not a cursor of this list", where="cursor")
    accounts = house_of(request).accounts
    found = accounts.newest_audit_entries(None if cursor is None else int(cursor), limit + 1)
    broken = accounts.checked_audit_log().broken
    return shapes.AuditShape(
        items=[_entry(each) for each in found[:limit]],
        next=str(found[limit - 1].number) if len(found) > limit else None,
        is_sound=broken is None,
        first_broken=broken,
    )


@router.get(f"{V1}/tokens")
def list_tokens(request: Request) -> shapes.TokensShape:
    """Without their secrets, which nobody has but their holders."""
    found = house_of(request).accounts.tokens.all()
    return shapes.TokensShape(items=[_token(each) for each in found])


@router.post(f"{V1}/tokens", status_code=201)
def add_token(request: Request, ask: TokenAsk) -> shapes.NewTokenShape:
    """For a program: send it as ``Authorization: Bearer …``. It is shown this once."""
    token, text = house_of(request).accounts.tokens.add(
        ask.name,
        ask.role,
        timedelta(days=ask.days),
        groups=_groups(ask.groups),
        by=caller_of(request),
    )
    return shapes.NewTokenShape(**_token(token).model_dump(), token=text)


@router.delete(f"{V1}/tokens/{{token}}", status_code=204)
def remove_token(request: Request, token: str) -> Response:
    if not house_of(request).accounts.tokens.remove(token, by=caller_of(request)):
        raise Refusal(404, "there is no such token", where="token")
    return Response(status_code=204)


def _user(user: User) -> shapes.UserShape:
    return shapes.UserShape(
        name=user.name, role=user.role.value, groups=told(user.groups), created=user.created
    )


def _groups(asked: list[str] | None) -> Groups:
    return None if asked is None else frozenset(asked)


def _entry(entry: AuditEntry) -> shapes.AuditEntryShape:
    return shapes.AuditEntryShape(
        number=entry.number,
        at=time_of(entry.at_us),
        who=entry.who,
        action=entry.action,
        subject=entry.subject,
        hash=entry.hash,
    )


def _token(token: Token) -> shapes.TokenShape:
    return shapes.TokenShape(
        id=token.id,
        user=token.user,
        name=token.name,
        role=token.role.value,
        groups=told(token.groups),
        created=token.created,
        expires=token.expires,
        used=token.used,
    )


def _no_user() -> Refusal:
    return Refusal(404, "there is no such user", where="name")
