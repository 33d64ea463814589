"""What functions ask of AWS, written down: a proxy between them and the emulator, which can also answer in its place, badly."""

import hashlib
import http.client
import http.server
import sys
import threading
import urllib.parse


class Recorder:
    """Listens on a free port of the loopback and hands everything on as it came, its Host too, which signatures cover."""

    def __init__(self, port):
        self.emulator, self.calls, self.lock = port, set(), threading.Lock()
        self.fault = None  # asked for each call: (action, path) -> the status and code of an error that is answered instead, or None
        self.lose = False  # what gets such an answer is done all the same
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                action, where = what(self.command, self.path, self.headers)
                fault = recorder.fault
                error = fault and fault(action, self.path)
                if error and not recorder.lose:
                    self.refuse(*error)
                    return
                with recorder.lock:
                    recorder.calls.add((key(self.path, self.headers), action, where))
                upstream = http.client.HTTPConnection("127.0.0.1", recorder.emulator, timeout=120)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    upstream.putheader(name, value)
                upstream.endheaders(body)
                response = upstream.getresponse()
                if error:
                    self.refuse(*error)
                else:
                    self.reply(response.status, response.getheaders(), response.read(), response.getheader("Content-Length"))
                upstream.close()

            def refuse(self, status, code):
                json = "X-Amz-Target" in self.headers
                self.reply(status, [], (f'{{"__type": "com.amazonaws#{code}", "message": "no"}}' if json else f"<Error><Code>{code}</Code></Error>").encode())

            def reply(self, status, headers, body, length=None):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # a function ended, or was ended
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def of(self, function):
        """The (action, bucket) that a function has asked for; its bucket is "" for all but S3."""
        mine = access_key(function)
        with self.lock:
            return {(action, where) for who, action, where in self.calls if who == mine}


def what(method, path, headers):
    """The action that AWS wants a right to for a request, and the bucket."""
    if target := headers.get("X-Amz-Target"):
        service = {"DynamoDB_20120810": "dynamodb", "AWSStepFunctions": "states"}[target.split(".")[0]]
        return f"{service}:{target.split('.')[1]}", ""
    url = urllib.parse.urlsplit(path)
    bucket, _, name = url.path.lstrip("/").partition("/")
    query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
    if not name:
        return ("s3:DeleteObject" if method == "POST" and "delete" in query else "s3:ListBucket"), bucket
    return {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:DeleteObject"}[method], bucket


def key(path, headers):
    """Whose request it is: the access key that signed it, in its header or its address."""
    if "Credential=" in headers.get("Authorization", ""):
        return headers["Authorization"].split("Credential=")[1].split("/")[0]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    return query.get("X-Amz-Credential", [""])[0].split("/")[0]


def access_key(function):
    """The access key that the emulator gives a function, of its configuration."""
    digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
    return f"ASIA{digest[:16].upper()}"
