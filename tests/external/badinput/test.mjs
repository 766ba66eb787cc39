// test.mjs - bad input to a real server: what the sender is told, and that nothing is lost for anybody else.
//
// Beside every case two people work: after each, Nora writes to Max and the message must arrive. HALF_OPEN sets how
// many unfinished handshakes are opened at once (2,000 unless told otherwise).

import fs from 'node:fs';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import * as oim from '../stranger/client.mjs';
import { OPCODE, RawSocket, wsFrame } from '../websocket/raw.mjs';
import { SlowReader } from './slow.mjs';
import { World, expect, same } from '../world.mjs';

const { Connection, KINDS, Stranger, frame, frameRaw } = oim;
const half = Number(process.env.HALF_OPEN ?? 2000);
const world = new World();
fs.writeFileSync(world.file('oimd.conf'), '');
await world.organisation('--config', world.file('oimd.conf'));
const nora = await Stranger.join(world.file('nora.json'), await world.invite('nora', 'Nora Night'));
const max = await Stranger.join(world.file('max.json'), await world.invite('max', 'Max Hale'));
await nora.connect();
await max.connect();
const maxId = max.kept.userId;
let sent = 0;

async function undisturbed() {
    const text = `message ${++sent}`;
    same((await nora.write(maxId, text)).outcome, 'OUTCOME_STORED_PUSHED', 'outcome');
    await max.connection.until(() => max.texts().at(-1) === text, text);
    same(max.texts().length, sent, 'messages, none lost, none twice');
}

const bad = (text, prove) => world.claim(text, async () => {
    await prove();
    await undisturbed();
});

const greeted = async () => {
    const connection = await Connection.open({ ...nora.kept });
    await connection.greet({ serverKeyId: nora.kept.serverKeyId, orgId: nora.kept.orgId });
    return connection;
};

/** The server says Bye with this code and closes with that one. */
async function ends(connection, code, closeCode) {
    same((await connection.take('Bye')).body.code, code, 'Bye');
    same(await connection.ended(), closeCode, 'close code');
}

async function answered(connection, code, request) {
    const { body } = await connection.take('Error', (f) => f.request === request);
    same(body.code, code, 'Error');
    return body;
}

// ---- bytes ------------------------------------------------------------------------------------------------------

const hello = (extra = {}) => ({ versions: [1], client_nonce: randomBytes(32), cb_type: 1, ...extra });
const overlong = Buffer.alloc(10);
overlong.writeUInt32BE(5);

for (const [text, bytes, code, closeCode] of [
    ['random bytes', Buffer.from('5b0b7cf1a9d20e4411', 'hex'), 2, 1002],
    ['a frame shorter than its head', Buffer.from('00000003010203', 'hex'), 2, 1002],
    ['a length below the smallest', overlong, 2, 1002],
    ['a frame cut short', frame('Hello', hello()).subarray(0, 30), 2, 1002],
    ['a body that is no protobuf', frameRaw(KINDS.Hello, 1, Buffer.from('ffffffffffff', 'hex')), 2, 1002],
    ['a nonce of 31 bytes', frame('Hello', hello({ client_nonce: randomBytes(31) })), 2, 1002],
    ['a nonce of zeros', frame('Hello', hello({ client_nonce: Buffer.alloc(32) })), 2, 1002],
    ['an organisation of 17 bytes', frame('Hello', hello({ org_id: randomBytes(17) })), 2, 1002],
    ['a control character in a text', frame('Hello', hello({ agent: 'a\u001b[2J' })), 2, 1002],
]) {
    await bad(`${text}: Bye ${code}, close ${closeCode}`, async () => {
        const connection = await Connection.open({ ...nora.kept });
        connection.send(bytes);
        await ends(connection, code, closeCode);
    });
}

await bad('a version nobody speaks, or no channel binding over TLS: Error 2, and the right Hello still works', async () => {
    const connection = await Connection.open({ ...nora.kept });
    connection.send(frame('Hello', hello({ versions: [9] }), 1), frame('Hello', hello({ cb_type: 0 }), 2));
    await answered(connection, 2, 1);
    await answered(connection, 2, 2);
    await connection.greet({ serverKeyId: nora.kept.serverKeyId });
    await connection.close();
});

await bad('more than 4,096 bytes before the sign-in, of a kind nobody knows too: 1009', async () => {
    for (const kind of [KINDS.Hello, 999]) {
        const connection = await Connection.open({ ...nora.kept });
        connection.send(frameRaw(kind, 1, Buffer.alloc(4087)));
        same(await connection.ended(), 1009, 'close code');
    }
});

await bad('30,000 empty nested messages are counted before they are unpacked: the connection ends', async () => {
    const connection = nora.connection;
    const flood = Buffer.alloc(30000);
    for (let i = 0; i < flood.length; i += 2) {
        flood[i] = 0x42; // Submit.slots
    }
    connection.send(frameRaw(KINDS.Submit, 5, flood));
    const { body } = await connection.take('Bye');
    expect([2, 7].includes(body.code), `Bye ${body.code}`);
    await connection.ended();
    await nora.connect();
});

// ---- order ------------------------------------------------------------------------------------------------------

const samples = {
    DeviceAuth: { device_id: randomBytes(16), conn_counter: 1, sig: randomBytes(64), class: 'CLASS_INTERACTIVE' },
    Join: { invite_id: randomBytes(16), log_entries: [{ body: randomBytes(9), sigs: [randomBytes(64)] }] },
    LinkRequest: { link_id: randomBytes(16), ik: randomBytes(32), mac: randomBytes(32), device_label: 'x' },
    JoinAsk: { invite_id: randomBytes(16) }, LinkSign: { link_id: randomBytes(16), sig_new: randomBytes(64) },
    Hello: hello(), Local: { op: 'LOCAL_OP_STATUS' }, Directory: { words: 'a' }, Ack: { seq: 1 },
    Sync: { window_rows: 1, window_bytes: 1 }, Attend: { class: 'CLASS_ATTENDING' },
    Submit: { send_no: 1, to_user: maxId, msg_id: randomBytes(16), cls: 'CLS_CHAT', payload: { ct: randomBytes(9) },
        slots: [{ device_id: max.deviceId }] },
    Presences: { items: [{ state: 'PRESENCE_BUSY' }] }, Typing: { to_user: maxId },
    Contact: { op: 'CONTACT_OP_LIST' }, LinkOpen: { link_id: randomBytes(16) },
    LinkBody: { link_id: randomBytes(16), body: randomBytes(9), sig_old: randomBytes(64) },
    Admin: { body: oim.pack('AdminOp', { user_list: {} }) }, LogGet: { from_seq: 1 },
    LogAppend: { entry: { body: randomBytes(9), sigs: [randomBytes(64)] } },
};
const shaking = ['DeviceAuth', 'Join', 'LinkRequest', 'JoinAsk', 'LinkSign'];

await bad('before ServerHello every kind but Hello is Error 2', async () => {
    const connection = await Connection.open({ ...nora.kept });
    let request = 0;
    for (const [name, body] of Object.entries(samples).filter(([n]) => n !== 'Hello')) {
        connection.send(frame(name, body, ++request));
        await answered(connection, 2, request);
    }
    await connection.close();
});

await bad('before AuthOk every kind of a signed-in client is Error 2, and a second Hello too', async () => {
    const connection = await greeted();
    let request = 0;
    for (const [name, body] of Object.entries(samples).filter(([n]) => !shaking.includes(n))) {
        connection.send(frame(name, body, ++request));
        await answered(connection, 2, request);
    }
    await connection.close();
});

await bad('after AuthOk every kind of the handshake and of the local socket is Error 2', async () => {
    let request = 7000;
    for (const name of [...shaking, 'Hello', 'Local']) {
        nora.connection.send(frame(name, samples[name], ++request));
        await answered(nora.connection, 2, request);
    }
});

await bad('kinds that only the server sends, reserved ones and unknown ones are Error 20', async () => {
    let request = 8000;
    for (const kind of [2, 4, 5, 106, 109, 10, 11, 12, 13, 21, 22, 31, 32, 33, 34, 36, 145, 123, 46, 147, 148, 150, 155,
        156, 170, 7, 57, 60, 61, 0, 200, 65535]) {
        nora.connection.send(frameRaw(kind, ++request, Buffer.from([8, 1])));
        same((await answered(nora.connection, 20, request)).offending_kind, kind, 'offending_kind');
    }
});

await bad('a user is told that administration is not his: code 4, nothing changed', async () => {
    for (const op of [{ policy_set: { identity: 'Global', settings: [{ name: 'EnableOfflineIm', tri: 'TRI_FALSE' }] } },
        { offline: { on: 'TRI_FALSE' } }, { invite_revoke: { login: 'nora' } },
        { user_enable: { who: 'ana', enabled: false } }]) {
        same((await nora.administer(op)).code, 4, JSON.stringify(op));
    }
});

// ---- keys, invites, counters --------------------------------------------------------------------------------------

for (const [text, key] of [
    ['the neutral point', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['a point of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['a point of order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
]) {
    await bad(`a device key that is ${text} is refused, and the invite is not used up`, async () => {
        const login = `small${sent}`;
        const line = await world.invite(login, login);
        const place = oim.readLine(line);
        const invite = oim.inviteKey(place.orgId, place.secret);
        const connection = await greeted();
        const { body: offer } = await connection.ask('JoinAsk', { invite_id: invite.id });
        const ik = Buffer.from(key, 'hex');
        const body = Stranger.deviceAdd({ userId: offer.user_id, userSeq: offer.user_seq + 1,
            userPrev: offer.user_prev, generation: offer.generation, ik, label: 'weak' });
        // R = A, S = 0 verifies for every message under such a key where small orders are not looked for
        const forged = Buffer.concat([Buffer.from(key, 'hex'), Buffer.alloc(32)]);
        const answer = await connection.ask('Join', { invite_id: invite.id, log_entries: [
            { body, sigs: [oim.logSignature(invite.seed, place.orgId, body), forged] }] });
        same(answer.name, 'Error', 'answer');
        expect([2, 3, 8, 9].includes(answer.body.code), `code ${answer.body.code}`);
        await connection.close();
        await Stranger.join(world.file(`${login}.json`), line);
    });
}

await bad('a forged invite is Error 5, a revoked one Error 4, and nobody is let in', async () => {
    const line = await world.invite('eve', 'Eve');
    const place = oim.readLine(line);
    const forged = oim.writeLine({ ...place, secret: randomBytes(16) });
    same((await Stranger.join(world.file('eve.json'), forged).catch((e) => e.answer)).code, 5, 'forged');
    await world.oimctl('invite', 'revoke', 'eve');
    same((await Stranger.join(world.file('eve.json'), line).catch((e) => e.answer)).code, 4, 'revoked');
});

await bad('a copied device: the newer connection fences the older, and the copy is found out by its counter', async () => {
    const copy = Stranger.load(nora.file);
    const mine = nora.connection;
    await copy.connect();
    await ends(mine, 6, 4006);
    const { answer } = await nora.connect().catch((e) => e);
    same([answer.code, answer.last_counter], [6, nora.kept.counter], 'the very number this connection sent');
    await nora.connection.close();
    await nora.connect();
    await ends(copy.connection, 6, 4006);
});

await bad('counters that run backwards: a used number answers as before, another message under it is CONFLICT', async () => {
    nora.autoAck = false; // an Ack would settle the number, and the server forget it
    const submit = await nora.submitFor(maxId, { sent_ms: 1, sender_seq: 999, chat: { text: 'not this' } });
    const no = await nora.queue(maxId, `message ${++sent}`);
    const { bytes } = nora.kept.outbox.at(-1);
    nora.flush();
    const { outcome } = await nora.answer(no);
    for (const [again, wanted] of [[bytes, [outcome, 'REASON_NONE']],
        [frame('Submit', { ...submit, send_no: no }), ['OUTCOME_REFUSED', 'REASON_CONFLICT']]]) {
        nora.answers.delete(no);
        nora.connection.send(again);
        const result = await nora.answer(no);
        same([result.outcome, result.reason], wanted, 'verdict');
    }
    nora.autoAck = true;
    nora.connection.send(frame('Ack', { seq: 0 }), frame('Ack', { seq: 2 ** 40 }));
});

// ---- people who do not read, or slowly ----------------------------------------------------------------------------

await bad('a client that never reads is not waited for, and its mail comes later', async () => {
    await max.connection.close();
    const lazy = await Stranger.load(max.file);
    await lazy.connect({ ack: false });
    lazy.connection.stream.pause();
    for (let i = 0; i < 20; i += 1) {
        sent += 1;
        await nora.write(maxId, 'x'.repeat(15000));
    }
    lazy.connection.stream.destroy();
    max.kept.counter = lazy.kept.counter;
    await max.connect();
    await max.connection.until(() => max.texts().length === sent, 'what waited');
});

/** Max, signed in through a socket that is read as `reader` is told. */
async function slowly(reader) {
    await max.connection.close();
    const slow = await Stranger.load(max.file);
    slow.kept.port = reader.port;
    await slow.connect();
    slow.kept.port = max.kept.port;
    reader.hold();
    return slow;
}

/** The same person, reading as others do: has got everything, each once. */
async function backFrom(slow) {
    Object.assign(max.kept, { counter: slow.kept.counter, cursor: slow.kept.cursor, inbox: slow.kept.inbox });
    await max.connect();
    await max.connection.until(() => max.texts().length === sent, 'what waited');
    same(new Set(max.kept.inbox.map((m) => m.id.toString('hex'))).size, max.kept.inbox.length, 'each once');
}

await bad('a client that reads a byte for each answer others get holds up nobody, and gets all at its pace', async () => {
    const reader = await SlowReader.open(world.port);
    const slow = await slowly(reader);
    const before = slow.texts().length;
    for (let i = 0; i < 40; i += 1) {
        sent += 1;
        same((await nora.write(maxId, `slow ${i} ${'x'.repeat(15000)}`)).outcome, 'OUTCOME_STORED_PUSHED', 'outcome');
        await reader.one();
    }
    same(slow.texts().length, before, 'messages of 15,000 bytes in 40 bytes read');
    reader.flow();
    await slow.connection.until(() => slow.texts().length === sent, 'the rest, a byte at a time');
    expect(reader.largest === 1, `${reader.largest} bytes at once`);
    await slow.connection.close();
    await backFrom(slow);
});

await bad('a client that asks without reading the answers is closed with 1013, and its mail waits', async () => {
    const reader = await SlowReader.open(world.port);
    const slow = await slowly(reader);
    let open = true;
    reader.ended.then(() => { open = false; });
    const before = world.logged('slow_reader');
    while (open && world.logged('slow_reader') === before) {
        slow.connection.send(...Array.from({ length: 100 }, (_, i) => frame('LogGet', { from_seq: 1 }, i + 1)));
        await nora.connection.ask('Directory', { words: 'a' });
    }
    sent += 1;
    same((await nora.write(maxId, 'are you there')).outcome, 'OUTCOME_HELD', 'outcome');
    same(world.logged('slow_reader'), before + 1, 'said in the log');
    reader.flow(64 * 1024);
    same(await slow.connection.ended(), 1013, 'close code');
    await backFrom(slow);
});

await bad('a client that writes and reads a byte at a time is served at its pace', async () => {
    const socket = await RawSocket.open(world.port);
    for (const byte of wsFrame(OPCODE.BINARY, frame('Ping', { opaque: Buffer.from('slow') }, 1))) {
        socket.write([byte]);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    same(oim.framesOf((await socket.next()).payload)[0].name, 'Pong', 'answer');
    socket.destroy();
});

await bad('a sender at 100 times its rate is told to wait, disturbs nobody, and loses nothing', async () => {
    const rate = 5;
    const burst = 20;
    const rounds = 15;
    const perRound = 200;
    fs.writeFileSync(world.file('oimd.conf'), `submit_rate = ${rate}\nsubmit_burst = ${burst}\n`);
    world.server.kill('SIGHUP');
    while (!world.logged('config.reloaded')) {
        await max.connection.ask('Directory', { words: 'a' });
    }
    const texts = Array.from({ length: burst + 10 }, (_, i) => `flood ${i}`);
    max.autoAck = false; // an Ack would settle numbers, and what was accepted could not be seen to be so again
    for (const text of texts) {
        await max.queue(nora.kept.userId, text);
    }
    const started = Date.now();
    let refused = 0;
    let wait = 0;
    for (let round = 0; round < rounds; round += 1) {
        for (let i = 0; i < perRound; i += 1) {
            const { outbox } = max.kept;
            max.connection.send(outbox[i >= texts.length && i % 2 ? 0 : i % outbox.length].bytes);
        }
        for (let answered = 0; answered < perRound;) {
            const { body } = await max.connection.take('SubmitResult');
            const count = body.to_no - body.from_no + 1; // equal answers to numbers that follow each other are one
            answered += count;
            if (body.reason === 'REASON_RATE') {
                refused += count;
                wait = body.retry_after_ms;
                expect(wait > 0 && wait <= 1000 / rate, `wait ${wait} ms`);
            } else if (body.outcome !== 'OUTCOME_GAP') {
                same(body.outcome, 'OUTCOME_STORED_PUSHED', 'outcome');
            }
        }
        await undisturbed();
    }
    const accepted = texts.length - max.kept.outbox.length;
    const elapsed = Math.max(Date.now() - started, 1) / 1000;
    console.log(`# ${Math.round(rounds * perRound / elapsed / rate)} times the rate, for ${elapsed} s; `
        + `accepted ${accepted}, refused ${refused}`);
    expect(accepted <= burst + rate * elapsed, `${accepted} accepted in ${elapsed} s`);
    expect(refused >= 1 && max.kept.outbox.length >= 1, 'some were refused');
    for (const { no, bytes } of [...max.kept.outbox]) {
        await new Promise((resolve) => { setTimeout(resolve, 1000 / rate + 1); }); // as a client is told to
        max.answers.delete(no);
        max.connection.send(bytes);
        same((await max.answer(no)).outcome, 'OUTCOME_STORED_PUSHED', 'outcome');
    }
    await nora.connection.until(() => nora.texts().length === texts.length, 'all of the flood');
    same(nora.texts(), texts, 'each once, in order');
    max.autoAck = true;
    fs.writeFileSync(world.file('oimd.conf'), '');
    world.server.kill('SIGHUP');
    while (world.logged('config.reloaded') < 2) {
        await max.connection.ask('Directory', { words: 'a' });
    }
});

await world.claim(`${half} half-open handshakes: people who are signed in work on, and others still come in`, async () => {
    const sockets = [];
    for (let i = 0; i < half; i += 1) {
        const socket = net.connect(world.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(Buffer.from([0x16, 3, 1])); // the first bytes of a ClientHello, and no more
        sockets.push(socket);
        if (i % 250 === 249) {
            await undisturbed();
        }
    }
    const late = Stranger.load(max.file);
    await max.connection.close();
    await late.connect();
    same(late.ok.login, 'max', 'signed in while they are open');
    await late.connection.close();
    max.kept.counter = late.kept.counter;
    await max.connect();
    sockets.forEach((socket) => socket.destroy());
    await undisturbed();
});

await nora.connection.close();
await max.connection.close();
await world.finish();
