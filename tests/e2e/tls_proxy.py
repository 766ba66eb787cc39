#!/usr/bin/env python3
"""Ends TLS in front of a server: tls_proxy.py PEM TO_PORT. The PEM file is read for every connection."""
import socket
import ssl
import sys
import threading


def carry(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(plain, pem, port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(pem)
    try:
        with context.wrap_socket(plain, server_side=True) as outer:
            with socket.create_connection(("127.0.0.1", port)) as inner:
                back = threading.Thread(target=carry, args=(inner, outer))
                back.start()
                carry(outer, inner)
                back.join()
    except OSError:
        pass


with socket.create_server(("127.0.0.1", 0)) as listener:
    print("listening", listener.getsockname()[1], flush=True)
    while True:
        args = (listener.accept()[0], sys.argv[1], int(sys.argv[2]))
        threading.Thread(target=serve, args=args, daemon=True).start()
