"""An independent gRPC client: learns the service by server reflection and streams one chat.

    /usr/bin/python3 chat.py HOST:PORT QUESTION MAX_TOKENS      (Debian: python3-grpcio python3-protobuf)

Prints one JSON object per event.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

STRING, BYTES, MESSAGE = 9, 12, 11  # google.protobuf.FieldDescriptorProto.Type


def field(name, number, kind, repeated=False, type_name=None):
    return descriptor_pb2.FieldDescriptorProto(name=name, number=number, type=kind, label=3 if repeated else 1, type_name=type_name)


def reflection_file():
    """The part of grpc.reflection.v1alpha that asks for the file of a symbol."""
    package = ".grpc.reflection.v1alpha."
    messages = {
        "ServerReflectionRequest": [field("file_containing_symbol", 4, STRING)],
        "FileDescriptorResponse": [field("file_descriptor_proto", 1, BYTES, repeated=True)],
        "ServerReflectionResponse": [field("file_descriptor_response", 4, MESSAGE, type_name=package + "FileDescriptorResponse")],
    }
    return descriptor_pb2.FileDescriptorProto(
        name="reflection.proto",
        package="grpc.reflection.v1alpha",
        syntax="proto3",
        message_type=[descriptor_pb2.DescriptorProto(name=name, field=fields) for name, fields in messages.items()],
    )


class Service:
    """Calls methods whose messages were learned from the server itself."""

    def __init__(self, channel):
        self.channel = channel
        self.pool = descriptor_pool.DescriptorPool()
        self.factory = message_factory.MessageFactory(self.pool)
        self.pool.Add(reflection_file())

    def message(self, name):
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName(name))

    def learn(self, symbol):
        request, response = (self.message(f"grpc.reflection.v1alpha.ServerReflection{end}") for end in ("Request", "Response"))
        call = self.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", request.SerializeToString, response.FromString)
        for answer in call(iter([request(file_containing_symbol=symbol)])):
            for file in reversed(answer.file_descriptor_response.file_descriptor_proto):
                self.pool.AddSerializedFile(file)

    def stream(self, method, request, response, timeout):
        call = self.channel.unary_stream(method, type(request).SerializeToString, response.FromString)
        return call(request, timeout=timeout)


address, question, max_tokens = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    service = Service(channel)
    service.learn("baichuan.v1.Inference")
    request = service.message("baichuan.v1.ChatRequest")(model="demo")
    request.messages.add(role=2, content=question)
    request.sampling.temperature = 0
    request.sampling.repetition_penalty = 1
    request.sampling.max_tokens = int(max_tokens)
    reasons = service.pool.FindEnumTypeByName("baichuan.v1.FinishReason").values_by_number
    for event in service.stream("/baichuan.v1.Inference/Chat", request, service.message("baichuan.v1.GenerationEvent"), timeout=60):
        kind = event.WhichOneof("event")
        if kind == "tokens":
            print(json.dumps({"event": kind, "text": event.tokens.text, "tokens": list(event.tokens.token_ids)}))
        elif kind == "finished":
            print(json.dumps({"event": kind, "reason": reasons[event.finished.reason].name, "completion": event.finished.usage.completion_tokens}))
        else:
            print(json.dumps({"event": kind, "prompt": event.started.prompt_tokens}))
