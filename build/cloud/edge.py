"""CloudFront as the browser tests need it: one origin, whose paths are routed as in
deploy/cloud/web.yaml. The emulator's distribution has the page alone, and redirects HTTP to HTTPS,
which it does not support."""

import re

from proxy import Proxy


class Edge(Proxy):
    """behaviors are the template's; hosts has the emulator's name of each origin."""

    def __init__(self, port, behaviors, hosts):
        self.emulator, self.hosts = port, hosts
        self.behaviors = [(re.compile(re.escape(b["PathPattern"]).replace(r"\*", ".*") + "$"), b["TargetOriginId"], b["AllowedMethods"]) for b in behaviors]
        super().__init__()

    def handle(self, request, body):
        path = request.path.split("?")[0]
        origin, methods = next(((o, m) for pattern, o, m in self.behaviors if pattern.match(path)), ("page", ["GET", "HEAD"]))
        if request.command not in methods:
            request.reply(403, [], b"")
            return
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in ("host", "connection")]
        request.reply(*request.forward(self.emulator, [("Host", self.hosts[origin]), ("X-Forwarded-Proto", "https"), *headers], body))
