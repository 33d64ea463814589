"""Writes bodies that are not JSON: strings unchanged."""

import json

import schemathesis


@schemathesis.serializer("application/jsonl", "text/tab-separated-values", "application/vnd.reviewlens.frame")
def raw(context, value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return (value if isinstance(value, str) else json.dumps(value)).encode()
