"""An independent gRPC client: compiles the .proto files with Google's own compiler and streams one chat.

    /usr/bin/python3 chat.py PROTO_FOLDER HOST:PORT QUESTION MAX_TOKENS      (Debian: python3-grpcio python3-grpc-tools)

Prints one JSON object per event.
"""
import json
import sys
import tempfile

import grpc
from grpc_tools import protoc

protos, address, question, max_tokens = sys.argv[1:]
with tempfile.TemporaryDirectory() as generated:
    status = protoc.main(["protoc", f"-I{protos}", f"--python_out={generated}", f"--grpc_python_out={generated}", "baichuan/v1/inference.proto"])
    if status != 0:
        sys.exit(f"protoc failed with {status}")
    sys.path.insert(0, generated)
    from baichuan.v1 import inference_pb2 as messages, inference_pb2_grpc as services

    with grpc.insecure_channel(address) as channel:
        request = messages.ChatRequest(
            model="demo",
            messages=[messages.ChatMessage(role=messages.ROLE_USER, content=question)],
            sampling=messages.SamplingOptions(temperature=0, repetition_penalty=1, max_tokens=int(max_tokens)),
        )
        for event in services.InferenceStub(channel).Chat(request, timeout=60):
            kind = event.WhichOneof("event")
            if kind == "tokens":
                print(json.dumps({"event": kind, "text": event.tokens.text, "tokens": list(event.tokens.token_ids)}))
            elif kind == "finished":
                print(json.dumps({"event": kind, "reason": messages.FinishReason.Name(event.finished.reason), "completion": event.finished.usage.completion_tokens}))
            else:
                print(json.dumps({"event": kind, "prompt": event.started.prompt_tokens}))
