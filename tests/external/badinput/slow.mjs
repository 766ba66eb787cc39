// slow.mjs - a reader whose pace the test decides: it stands between a client and the server and takes one byte at a
// time from the server's socket. What is written to the server passes at once. It knows nothing of what passes.

import net from 'node:net';

export class SlowReader {
    constructor(listener) {
        Object.assign(this, { listener, upstream: null, size: 1, free: true, largest: 0, heard: null });
        this.port = listener.address().port;
        this.ended = new Promise((resolve) => { this.onEnd = resolve; });
        listener.once('connection', (client) => this.accept(client));
    }

    /** Listens on a port of its own for one connection, which it passes on to `port`. */
    static open(port) {
        return new Promise((resolve) => {
            const listener = net.createServer();
            listener.target = port;
            listener.listen(0, '127.0.0.1', () => resolve(new SlowReader(listener)));
        });
    }

    accept(client) {
        const buffer = Buffer.alloc(64 * 1024);
        this.listener.close();
        this.client = client;
        this.upstream = net.connect({ port: this.listener.target, host: '127.0.0.1',
            onread: { buffer: () => buffer.subarray(0, this.size), callback: (size) => this.take(buffer, size) } });
        client.on('data', (data) => this.upstream.write(data));
        client.on('error', () => {});
        client.on('close', () => this.upstream.destroy());
        this.upstream.on('error', () => {});
        this.upstream.on('end', () => client.end());
        this.upstream.on('close', () => {
            client.end();
            this.onEnd();
        });
    }

    take(buffer, size) {
        this.largest = Math.max(this.largest, size);
        this.client.write(Buffer.from(buffer.subarray(0, size)));
        this.heard?.();
        return this.free;
    }

    /** From now on a byte is read when one() says so, and one only. */
    hold() {
        this.free = false;
    }

    /** Reads one byte; resolves when it has come. */
    one() {
        return new Promise((resolve) => {
            this.heard = resolve;
            this.upstream.resume();
        });
    }

    /** Reads on by itself, at most `size` bytes at once. */
    flow(size = 1) {
        this.free = true;
        this.size = size;
        this.upstream.resume();
    }
}
