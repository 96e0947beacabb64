import os
import sys

import websocket

noise = os.urandom(1048576)
connection = websocket.create_connection(sys.argv[1], timeout=60)
connection.send_binary(noise)
assert connection.recv() == noise
connection.send("a text")
assert connection.recv() == "a text"
connection.close()
print("1048576 bytes and a text came back unchanged")
