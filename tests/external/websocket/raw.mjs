// raw.mjs - a socket that writes what it is told: HTTP by hand, WebSocket frames bit by bit (RFC 6455, 5.2).

import tls from 'node:tls';
import { randomBytes } from 'node:crypto';

export const OPCODE = { CONTINUE: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };
const HANG_MS = 60_000;

/** One frame. `rsv` are the three reserved bits; `size` lies about the length. */
export function wsFrame(opcode, payload = Buffer.alloc(0), { fin = true, rsv = 0, mask = true, size } = {}) {
    const told = size ?? payload.length;
    const head = [Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode])];
    const bit = mask ? 0x80 : 0;
    if (told < 126) {
        head.push(Buffer.from([bit | told]));
    } else if (told < 65536) {
        head.push(Buffer.from([bit | 126, told >> 8, told & 255]));
    } else {
        const long = Buffer.alloc(9);
        long[0] = bit | 127;
        long.writeBigUInt64BE(BigInt(told), 1);
        head.push(long);
    }
    if (!mask) {
        return Buffer.concat([...head, payload]);
    }
    const key = randomBytes(4);
    return Buffer.concat([...head, key, Buffer.from(payload.map((byte, i) => byte ^ key[i % 4]))]);
}

export function closePayload(code, reason = Buffer.alloc(0)) {
    return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

export class RawSocket {
    constructor(stream) {
        Object.assign(this, { stream, buffer: Buffer.alloc(0), over: false, waiting: new Set() });
        stream.on('data', (data) => {
            this.buffer = Buffer.concat([this.buffer, data]);
            this.wake();
        });
        stream.on('error', () => {});
        for (const event of ['end', 'close']) {
            stream.on(event, () => {
                this.over = true;
                this.wake();
            });
        }
    }

    static connect(port, options = {}) {
        return new Promise((resolve, reject) => {
            const stream = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3',
                ...options });
            stream.once('secureConnect', () => resolve(new RawSocket(stream)));
            stream.once('error', reject);
        });
    }

    /** Connected and upgraded, ready for frames. */
    static async open(port) {
        const socket = await RawSocket.connect(port);
        const { status } = await socket.request();
        if (status !== 101) {
            throw new Error(`no upgrade: ${status}`);
        }
        return socket;
    }

    wake() {
        for (const check of [...this.waiting]) {
            check();
        }
    }

    /** What `find` returns, as soon as it is not undefined; null at the end of the connection. */
    until(find) {
        return new Promise((resolve, reject) => {
            const end = (settle, value) => {
                clearTimeout(timer);
                this.waiting.delete(check);
                settle(value);
            };
            const check = () => {
                const found = find();
                if (found !== undefined) {
                    end(resolve, found);
                } else if (this.over) {
                    end(resolve, null);
                }
            };
            const timer = setTimeout(() => end(reject, new Error('the server says nothing')), HANG_MS);
            this.waiting.add(check);
            check();
        });
    }

    write(...parts) {
        this.stream.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    }

    /** The upgrade; headers replace or (undefined) drop the usual ones. Resolves with {status, text}. */
    async request({ method = 'GET', path = '/oim', headers = {} } = {}) {
        const all = {
            Host: 'localhost', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': randomBytes(16).toString('base64'), 'Sec-WebSocket-Protocol': 'oim.v1', ...headers,
        };
        const lines = Object.entries(all).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${v}\r\n`);
        this.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
        const text = await this.until(() => {
            const end = this.buffer.indexOf('\r\n\r\n');
            if (end < 0) {
                return undefined;
            }
            const head = this.buffer.subarray(0, end).toString();
            this.buffer = this.buffer.subarray(end + 4);
            return head;
        });
        return { status: text === null ? 0 : Number(/^HTTP\/1\.\d (\d+)/.exec(text)[1]), text };
    }

    /** The server's next WebSocket frame; null when it ended without. */
    next() {
        return this.until(() => {
            const b = this.buffer;
            if (b.length < 2) {
                return undefined;
            }
            let at = 2;
            let size = b[1] & 127;
            if (size === 126) {
                size = b.length < 4 ? Infinity : b.readUInt16BE(2);
                at = 4;
            } else if (size === 127) {
                size = b.length < 10 ? Infinity : Number(b.readBigUInt64BE(2));
                at = 10;
            }
            if (b.length < at + size) {
                return undefined;
            }
            this.buffer = b.subarray(at + size);
            return { fin: b[0] >> 7, opcode: b[0] & 15, masked: b[1] >> 7, payload: b.subarray(at, at + size) };
        });
    }

    /** The close code the server gives, past whatever comes before; 0 when it just ends. Answers in order. */
    async closed() {
        for (;;) {
            const frame = await this.next();
            if (frame === null) {
                return 0;
            }
            if (frame.opcode === OPCODE.CLOSE) {
                this.write(wsFrame(OPCODE.CLOSE, frame.payload.subarray(0, 2)));
                return frame.payload.length ? frame.payload.readUInt16BE(0) : 1005;
            }
        }
    }

    /** Until the server has let go of the connection. */
    async ended() {
        await this.until(() => undefined);
    }

    destroy() {
        this.stream.destroy();
    }
}
