"""CloudFront as a browser here needs it: one origin, whose paths go where deploy/cloud/web.yaml says. The emulator's distribution has the
page alone, and answers plain HTTP with a way to HTTPS, which it does not speak."""

import http.client
import http.server
import re
import threading


class Edge:
    """Listens on a free port of the loopback. behaviors are the template's."""

    def __init__(self, port, behaviors, hosts):
        patterns = [(re.compile(re.escape(b["PathPattern"]).replace(r"\*", ".*") + "$"), b) for b in behaviors]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                path = self.path.split("?")[0]
                behavior = next((b for pattern, b in patterns if pattern.match(path)), {"TargetOriginId": "page", "AllowedMethods": ["GET", "HEAD"]})
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.command not in behavior["AllowedMethods"]:
                    self.reply(403, [], b"")
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                upstream.putheader("Host", hosts[behavior["TargetOriginId"]])
                upstream.putheader("X-Forwarded-Proto", "https")
                for name, value in self.headers.items():
                    if name.lower() not in ("host", "connection"):
                        upstream.putheader(name, value)
                upstream.endheaders(body)
                response = upstream.getresponse()
                self.reply(response.status, response.getheaders(), response.read())
                upstream.close()

            def reply(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_OPTIONS = do_PUT = do_POST = do_PATCH = do_DELETE = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
