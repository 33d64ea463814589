"""A proxy in front of the emulator, on a free port of the loopback, that inspects requests."""

import http.client
import http.server
import sys
import threading


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        self.server.proxy.handle(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    do_GET = do_HEAD = do_OPTIONS = do_PUT = do_POST = do_PATCH = do_DELETE = handle_one

    def forward(self, port, headers, body):
        """Forwards the request to the emulator; returns its status, headers and body."""
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            upstream.putheader(name, value)
        upstream.endheaders(body)
        response = upstream.getresponse()
        answer = response.status, response.getheaders(), response.read()
        upstream.close()
        return answer

    def reply(self, status, headers, body):
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            elif name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the client closed, or was stopped
            super().handle_error(request, client_address)


class Proxy:
    """Its handle(request, body) returns the answer."""

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Request)
        self.server.proxy = self
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
