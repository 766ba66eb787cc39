// test.mjs - the frame level of WebSocket (the subjects of the Autobahn list) against oimd's settings.
//
// Each case has a socket of its own; a signed-in bystander is asked after each whether it goes on undisturbed.

import { randomBytes } from 'node:crypto';
import { Stranger, frame, framesOf } from '../stranger/client.mjs';
import { World, expect, same } from '../world.mjs';
import { OPCODE, RawSocket, closePayload, wsFrame } from './raw.mjs';

const world = new World();
await world.organisation();
const bystander = await Stranger.join(world.file('nora.json'), await world.invite('nora', 'Nora Night'));
await bystander.connect();

let pings = 0;
const ping = (text = 'x') => frame('Ping', { opaque: Buffer.from(text) }, ++pings);

async function undisturbed() {
    const { name } = await bystander.connection.ask('Ping', { opaque: Buffer.from('bystand') });
    same(name, 'Pong', 'the bystander');
}

/** A claim about one raw connection; the bystander must not notice. */
const wire = (text, prove) => world.claim(text, async () => {
    const socket = await RawSocket.open(world.port);
    try {
        await prove(socket);
    } finally {
        socket.destroy();
    }
    await undisturbed();
});

/** The next frame is a binary message with this Pong of the protocol. */
async function answered(socket, text) {
    const got = await socket.next();
    same([got.opcode, got.fin, got.masked], [OPCODE.BINARY, 1, 0], 'frame of the answer');
    const [pong] = framesOf(got.payload);
    same([pong.name, Buffer.from(pong.body.opaque).toString()], ['Pong', text], 'answer');
}

async function closesWith(socket, code) {
    same(await socket.closed(), code, 'close code');
}

// ---- messages in pieces -----------------------------------------------------------------------------------------

await wire('a message in one frame is answered by one in one frame, not masked', async (socket) => {
    socket.write(wsFrame(OPCODE.BINARY, ping('one')));
    await answered(socket, 'one');
});

await wire('a message in three fragments is one message, empty fragments included', async (socket) => {
    const bytes = ping('three');
    socket.write(wsFrame(OPCODE.BINARY, bytes.subarray(0, 4), { fin: false }),
        wsFrame(OPCODE.CONTINUE, Buffer.alloc(0), { fin: false }), wsFrame(OPCODE.CONTINUE, bytes.subarray(4)));
    await answered(socket, 'three');
});

await wire('a message whose every byte is a fragment, and comes by itself', async (socket) => {
    const bytes = ping('bytewise');
    for (let i = 0; i < bytes.length; i += 1) {
        socket.write(wsFrame(i ? OPCODE.CONTINUE : OPCODE.BINARY, bytes.subarray(i, i + 1),
            { fin: i === bytes.length - 1 }));
        await new Promise(setImmediate);
    }
    await answered(socket, 'bytewise');
});

await wire('a frame whose header and body arrive byte by byte', async (socket) => {
    for (const byte of wsFrame(OPCODE.BINARY, ping('slowly'))) {
        socket.write([byte]);
        await new Promise(setImmediate);
    }
    await answered(socket, 'slowly');
});

await wire('many messages in one write are answered in order', async (socket) => {
    const texts = Array.from({ length: 50 }, (_, i) => `n${i}`);
    socket.write(...texts.map((text) => wsFrame(OPCODE.BINARY, ping(text))));
    const heard = [];
    while (heard.length < texts.length) {
        heard.push(...framesOf((await socket.next()).payload).map((f) => f.body.opaque.toString()));
    }
    same(heard, texts, 'answers');
});

await wire('a control frame between fragments is answered at once, the message after it', async (socket) => {
    const bytes = ping('between');
    socket.write(wsFrame(OPCODE.BINARY, bytes.subarray(0, 5), { fin: false }),
        wsFrame(OPCODE.PING, Buffer.from('middle')));
    const pong = await socket.next();
    same([pong.opcode, pong.payload.toString()], [OPCODE.PONG, 'middle'], 'pong');
    socket.write(wsFrame(OPCODE.CONTINUE, bytes.subarray(5)));
    await answered(socket, 'between');
});

await wire('an empty binary message is nothing', async (socket) => {
    socket.write(wsFrame(OPCODE.BINARY), wsFrame(OPCODE.BINARY, ping('after')));
    await answered(socket, 'after');
});

for (const [text, frames] of [
    ['a continuation of nothing', () => [wsFrame(OPCODE.CONTINUE, ping())]],
    ['an unfinished continuation of nothing', () => [wsFrame(OPCODE.CONTINUE, ping(), { fin: false })]],
    ['a new message before the last is finished', () => [wsFrame(OPCODE.BINARY, ping().subarray(0, 5),
        { fin: false }), wsFrame(OPCODE.BINARY, ping())]],
]) {
    await wire(`${text} is 1002`, async (socket) => {
        socket.write(...frames());
        await closesWith(socket, 1002);
    });
}

// ---- control frames ---------------------------------------------------------------------------------------------

for (const size of [0, 1, 125]) {
    await wire(`a ping of ${size} bytes comes back as it was`, async (socket) => {
        const payload = randomBytes(size);
        socket.write(wsFrame(OPCODE.PING, payload));
        const pong = await socket.next();
        same(pong.opcode, OPCODE.PONG, 'opcode');
        same(pong.payload, payload, 'payload');
    });
}

await wire('a ping over 125 bytes ends the connection at once', async (socket) => {
    socket.write(wsFrame(OPCODE.PING, randomBytes(126)));
    await closesWith(socket, 0);
});

await wire('a ping in fragments is 1002', async (socket) => {
    socket.write(wsFrame(OPCODE.PING, Buffer.from('a'), { fin: false }), wsFrame(OPCODE.CONTINUE, Buffer.from('b')));
    await closesWith(socket, 1002);
});

await wire('a pong nobody asked for is ignored', async (socket) => {
    socket.write(wsFrame(OPCODE.PONG, Buffer.from('unasked')), wsFrame(OPCODE.BINARY, ping('go on')));
    await answered(socket, 'go on');
});

// ---- reserved bits and opcodes, masks ---------------------------------------------------------------------------

for (const rsv of [1, 2, 4, 7]) {
    await wire(`reserved bits ${rsv.toString(2).padStart(3, '0')} are 1002`, async (socket) => {
        socket.write(wsFrame(OPCODE.BINARY, ping(), { rsv }));
        await closesWith(socket, 1002);
    });
}

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    await wire(`reserved opcode ${opcode} is 1002`, async (socket) => {
        socket.write(wsFrame(opcode, Buffer.from('x')));
        await closesWith(socket, 1002);
    });
}

await wire('a frame without a mask is 1008', async (socket) => {
    socket.write(wsFrame(OPCODE.BINARY, ping(), { mask: false }));
    await closesWith(socket, 1008);
});

// ---- text, sizes ------------------------------------------------------------------------------------------------

await wire('a text message is 1003', async (socket) => {
    socket.write(wsFrame(OPCODE.TEXT, Buffer.from('hello')));
    await closesWith(socket, 1003);
});

await wire('a text message that is not UTF-8 is not taken either', async (socket) => {
    socket.write(wsFrame(OPCODE.TEXT, Buffer.from([0xce, 0xba, 0xff])));
    const code = await socket.closed();
    expect(code === 1003 || code === 1007, `close code ${code}`);
});

await wire('a frame that claims more than 4,096 bytes before the sign-in is 1009 before it comes', async (socket) => {
    socket.write(wsFrame(OPCODE.BINARY, Buffer.alloc(1), { size: 4097 }));
    await closesWith(socket, 1009);
});

await wire('a frame of 2^63 bytes ends the connection at once', async (socket) => {
    const head = Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
    socket.write(head, Buffer.alloc(64));
    await closesWith(socket, 0);
});

await wire('fragments that add up to more than 4,096 bytes before the sign-in are 1009', async (socket) => {
    socket.write(wsFrame(OPCODE.BINARY, Buffer.alloc(1000), { fin: false }));
    socket.write(...Array.from({ length: 4 }, () => wsFrame(OPCODE.CONTINUE, Buffer.alloc(1000), { fin: false })));
    await closesWith(socket, 1009);
});

// ---- closing ----------------------------------------------------------------------------------------------------

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    await wire(`a close with ${code} is answered by a close, and the server lets go`, async (socket) => {
        socket.write(wsFrame(OPCODE.CLOSE, closePayload(code, 'enough')));
        same(await socket.closed(), code, 'close code');
        await socket.ended();
    });
}

await wire('a close without a code is answered by a close', async (socket) => {
    socket.write(wsFrame(OPCODE.CLOSE));
    const got = await socket.next();
    same(got && got.opcode, OPCODE.CLOSE, 'opcode');
    await socket.ended();
});

for (const [text, payload, wanted] of [
    ['of one byte', Buffer.from([3])],
    ['with code 0', closePayload(0)], ['with code 999', closePayload(999)], ['with code 1004', closePayload(1004)],
    ['with code 1005', closePayload(1005)], ['with code 1006', closePayload(1006)],
    ['with code 1015', closePayload(1015)], ['with code 5000', closePayload(5000)],
    ['with code 65535', closePayload(65535)],
    ['whose reason is not UTF-8', closePayload(1000, Buffer.from([0xce, 0xba, 0xe1, 0xff])), 1007],
    ['whose reason is a cut character', closePayload(1000, Buffer.from([0xe2, 0x82])), 1007],
    ['of 126 bytes', closePayload(1000, Buffer.alloc(124, 97)), 0],
]) {
    await wire(`a close ${text} ends the connection as an error`, async (socket) => {
        socket.write(wsFrame(OPCODE.CLOSE, payload));
        await closesWith(socket, wanted ?? 1002);
    });
}

await wire('what comes after a close is not looked at', async (socket) => {
    socket.write(wsFrame(OPCODE.CLOSE, closePayload(1000)), wsFrame(OPCODE.BINARY, ping('late')));
    same(await socket.closed(), 1000, 'close code, with no answer before it');
    await socket.ended();
});

// ---- the upgrade ------------------------------------------------------------------------------------------------

const upgrade = (text, request, prove) => world.claim(text, async () => {
    const socket = await RawSocket.connect(world.port);
    await prove(await socket.request(request), socket);
    socket.destroy();
    await undisturbed();
});

const refused = ({ status }) => expect(status !== 101, 'upgraded all the same');

await upgrade('the upgrade names the subprotocol and no extension', {
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' },
}, ({ status, text }) => {
    same(status, 101, 'status');
    expect(/^sec-websocket-protocol: oim\.v1$/im.test(text) && !/^sec-websocket-extensions:/im.test(text), text);
});

for (const [text, request] of [
    ['another path', { path: '/' }], ['a longer path', { path: '/oim/x' }], ['a shorter path', { path: '/oi' }],
    ['another subprotocol', { headers: { 'Sec-WebSocket-Protocol': 'chat' } }],
    ['no subprotocol', { headers: { 'Sec-WebSocket-Protocol': undefined } }],
    ['a browser\'s Origin', { headers: { Origin: 'https://example.org' } }],
    ['Origin null', { headers: { Origin: 'null' } }],
    ['WebSocket version 8', { headers: { 'Sec-WebSocket-Version': '8' } }],
    ['no key', { headers: { 'Sec-WebSocket-Key': undefined } }],
    ['no Upgrade', { headers: { Upgrade: undefined, Connection: undefined } }],
    ['POST', { method: 'POST', headers: { 'Content-Length': '0' } }],
    ['20,000 bytes of headers', { headers: { 'X-Much': 'x'.repeat(20000) } }],
]) {
    await upgrade(`no upgrade with ${text}`, request, refused);
}

await world.claim('TLS 1.2 is not spoken', async () => {
    const error = await RawSocket.connect(world.port, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
        .then((socket) => socket.destroy(), (e) => e);
    expect(error instanceof Error, 'connected');
    await undisturbed();
});

await world.claim('the bystander gets what is sent to it after all that', async () => {
    await world.oim('ana', 'send', 'nora', 'still here?', '--wait', 'delivered', '--timeout', '50');
    same(bystander.texts(), ['still here?'], 'texts');
    expect(!bystander.connection.closed, 'same connection');
    await bystander.connection.close();
});

await world.finish();
