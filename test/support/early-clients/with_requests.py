import sys

import requests

url, size, chunked = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "chunked"
body = b"[" * size
data = (body[i : i + 65536] for i in range(0, size, 65536)) if chunked else body
answer = requests.post(url, data=data, headers={"Content-Type": "application/json"}, timeout=30)
print(answer.status_code, answer.json()["error"]["type"])
