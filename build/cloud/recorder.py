"""Records the AWS calls of functions: a proxy between them and the emulator, which can also return
errors in its place."""

import hashlib
import threading
import urllib.parse

from proxy import Proxy


class Recorder(Proxy):
    """Forwards everything unchanged, including Host, which signatures cover."""

    def __init__(self, port):
        self.emulator, self.calls, self.lock = port, set(), threading.Lock()
        self.fault = None  # (action, path) -> status and code of an error to return, or None
        self.lose = False  # a call that gets such an error is executed all the same
        super().__init__()

    def handle(self, request, body):
        if request.command == "OPTIONS":  # from a browser; needs no permission
            request.reply(*request.forward(self.emulator, request.headers.items(), body))
            return
        action, where = what(request.command, request.path, request.headers)
        fault = self.fault
        error = fault and fault(action, request.path)
        answer = None
        if not error or self.lose:
            with self.lock:
                self.calls.add((key(request.path, request.headers), action, where))
            answer = request.forward(self.emulator, request.headers.items(), body)
        if error:
            status, code = error
            json = "X-Amz-Target" in request.headers
            answer = status, [], (f'{{"__type": "com.amazonaws#{code}", "message": "no"}}' if json else f"<Error><Code>{code}</Code></Error>").encode()
        request.reply(*answer)

    def of(self, function):
        """Returns the (action, bucket) pairs that a function has called; bucket is "" for all but
        S3."""
        mine = access_key(function)
        with self.lock:
            return {(action, where) for who, action, where in self.calls if who == mine}


def what(method, path, headers):
    """Returns the action whose permission AWS requires for a request, and the bucket."""
    if target := headers.get("X-Amz-Target"):
        service, _, action = target.partition(".")
        if action == "TransactWriteItems":  # has no permission of its own; ours put
            action = "PutItem"
        return {"DynamoDB_20120810": "dynamodb", "AWSStepFunctions": "states"}[service] + ":" + action, ""
    url = urllib.parse.urlsplit(path)
    bucket, _, name = url.path.lstrip("/").partition("/")
    query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
    if not name:
        return ("s3:DeleteObject" if method == "POST" and "delete" in query else "s3:ListBucket"), bucket
    return {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:DeleteObject"}[method], bucket


def key(path, headers):
    """Returns the access key that signed a request, from its header or its address."""
    if "Credential=" in headers.get("Authorization", ""):
        return headers["Authorization"].split("Credential=")[1].split("/")[0]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    return query.get("X-Amz-Credential", [""])[0].split("/")[0]


def access_key(function):
    """Returns the access key that the emulator gives a function, from its configuration."""
    digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
    return f"ASIA{digest[:16].upper()}"
