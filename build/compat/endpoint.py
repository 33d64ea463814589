"""A test double of a SageMaker endpoint, as documented by AWS: POST /endpoints/NAME/invocations,
signed, forwarded to the program as a container ("reviewlens serve -sagemaker") that runs as
SageMaker would run it.

It checks the signature (AWS's Signature Version 4, recomputed by botocore), the endpoint's name and
the size of a body (6 MB, 4 MB for a serverless endpoint), forwards the body and its two types and
no other header, times out after 60 seconds, and wraps an error of the container as ModelError, with
the container's status and message.
"""

import http.client
import http.server
import json
import threading
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

REAL_TIME, SERVERLESS = 6 << 20, 4 << 20
SECONDS = 60


class Endpoint:
    def __init__(self, container, name="reviews", most=REAL_TIME):
        self.container, self.name, self.most = urllib.parse.urlsplit(container), name, most
        self.region = "eu-central-1"
        self.credentials = botocore.credentials.Credentials("test", "secret")
        self.invoked = []  # the headers that the container got
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                double.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler, body):
        def send(status, content_type, data, **headers):
            handler.send_response(status)
            headers |= {"Content-Type": content_type, "Content-Length": str(len(data))}
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(data)

        def refuse(status, kind, **members):
            send(status, "application/json", json.dumps(members).encode(), x_amzn_ErrorType=kind)

        if not self.signed(handler, body):
            return refuse(403, "InvalidSignatureException", message="The signature does not match.")
        if urllib.parse.urlsplit(handler.path).path != f"/endpoints/{self.name}/invocations":
            return refuse(400, "ValidationError", Message="Endpoint not found.")
        if len(body) > self.most:
            return refuse(413, "ValidationError", Message=f"{len(body)} bytes, of {self.most}.")
        types = {k: handler.headers[k] for k in ("Content-Type", "Accept") if handler.headers[k]}
        there = self.container.hostname, self.container.port
        connection = http.client.HTTPConnection(*there, timeout=SECONDS)
        try:
            connection.request("POST", "/invocations", body, types)
            got = connection.getresponse()
            status, content_type, data = got.status, got.headers["Content-Type"], got.read()
        except TimeoutError:
            return refuse(424, "ModelError", Message="It took too long.", OriginalStatusCode=504,
                          OriginalMessage="")
        finally:
            connection.close()
        self.invoked.append(types)
        if status // 100 != 2:
            return refuse(424, "ModelError", Message=f"Received client error ({status}) from all",
                          OriginalStatusCode=status, OriginalMessage=data.decode(errors="replace"))
        return send(200, content_type, data, x_Amzn_Invoked_Production_Variant="all")

    def signed(self, handler, body):
        """Signs the request again, with the headers that it claims to have signed, and compares."""
        authorization = handler.headers.get("Authorization", "")
        try:
            names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
            date = handler.headers["X-Amz-Date"]
            signer = botocore.auth.SigV4Auth(self.credentials, "sagemaker", self.region)
            headers = {name: handler.headers[name] for name in names}
            url = f"http://{handler.headers['Host']}{handler.path}"
            request = botocore.awsrequest.AWSRequest("POST", url, headers, body)
            request.context["timestamp"] = date
            parts = urllib.parse.urlsplit(url)
            canonical = "\n".join([
                "POST", signer._normalize_url_path(parts.path), parts.query,
                signer.canonical_headers(request.headers) + "\n", ";".join(sorted(names)),
                signer.payload(request)])
            again = signer.signature(signer.string_to_sign(request, canonical), request)
            return again == authorization.split("Signature=")[1]
        except (IndexError, KeyError, TypeError):
            return False
