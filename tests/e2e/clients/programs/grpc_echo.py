import os
import sys

import grpc

patience = 60
noise = os.urandom(1048576)
messages = [os.urandom(length * 10) for length in range(100)]
with grpc.secure_channel(sys.argv[1], grpc.ssl_channel_credentials()) as channel:
    assert channel.unary_unary("/test.Echo/One")(noise, timeout=patience) == noise
    assert list(channel.stream_stream("/test.Echo/Stream")(iter(messages), timeout=patience)) == messages
print("1048576 bytes and 100 messages came back unchanged")
