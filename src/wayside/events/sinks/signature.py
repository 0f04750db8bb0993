"""Signatures of the Standard Webhooks specification (standardwebhooks.com, 1.0.0).

``webhook-signature: v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>``.
The time is in it, so that a receiver can refuse what is replayed much later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def signed_headers(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers of one message. secret: ``whsec_<base64>``, or any other text as it is."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret of a webhook after whsec_ is not base64") from error
