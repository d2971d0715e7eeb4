"""As much of Python's library `requests` as the guide uses."""

import json
import urllib.request


class Answer:
    def __init__(self, body):
        self.body = body

    def json(self):
        return json.loads(self.body)


def post(url, files, timeout):
    boundary = "----finauth-facesearch"
    parts = b""
    for name, (_, value) in files.items():
        content = value if isinstance(value, bytes) else value.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts += head.encode() + content + b"\r\n"
    body = parts + f"--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return Answer(answer.read())
