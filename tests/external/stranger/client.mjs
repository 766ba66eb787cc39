// client.mjs - a client that is not ours: written from proto/PROTOCOL.md and proto/oim.proto alone.
//
// It proves that the page is enough to write one. It shares no code with the programs of this repository, uses other
// libraries for everything they do (TLS and WebSocket: Node and ws; protobuf: protobufjs; cryptography: noble), and
// where the page says MUST-like things about a client ("commits it before it connects"), it does them.
//
// What it leaves out: it never retries by itself and has no user interface; the scenarios in test.mjs say when.
// Section numbers are those of PROTOCOL.md.

import fs from 'node:fs';
import { randomBytes, createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import protobuf from 'protobufjs';
import WebSocket from 'ws';

// ---- section 2: kinds; the type of a body has the frame's name, but for Pong ------------------------------------

export const KINDS = {
    Hello: 1, ServerHello: 2, DeviceAuth: 3, AuthOk: 4, AuthErr: 5, Join: 6, JoinOk: 106, LinkRequest: 8,
    JoinAsk: 9, JoinOffer: 109, Limits: 10, Policy: 11, Summary: 12, Addresses: 13, Submit: 20, SubmitResult: 21,
    DeviceSetWrong: 22, Directory: 23, People: 123, Sync: 30, Deliver: 31, Notice: 32, Gap: 33, CaughtUp: 34,
    Ack: 35, LiveResult: 36, Presences: 40, Typing: 41, Attend: 42, Contact: 45, Contacts: 145, LinkOffer: 46,
    LinkOpen: 47, LinkOpened: 147, LinkBody: 48, LinkDone: 148, LinkSign: 49, Admin: 50, AdminResult: 150,
    LogGet: 55, LogPage: 155, LogAppend: 56, LogAppended: 156, Local: 70, LocalResult: 170, Error: 90, Ping: 91,
    Pong: 191, Bye: 92,
};
const NAMES = new Map(Object.entries(KINDS).map(([name, kind]) => [kind, name]));

const { root } = protobuf.parse(fs.readFileSync(process.env.OIM_PROTO, 'utf8'), { keepCase: true });
const typeOf = (name) => root.lookupType(`oim.${name === 'Pong' ? 'Ping' : name}`);

export function pack(name, object = {}) {
    const type = typeOf(name);
    return Buffer.from(type.encode(type.fromObject(object)).finish());
}

export function unpack(name, bytes) {
    const type = typeOf(name);
    return type.toObject(type.decode(bytes), { longs: Number, enums: String, defaults: true });
}

// ---- section 1: frames ------------------------------------------------------------------------------------------

export function frameRaw(kind, request, body) {
    const head = Buffer.alloc(10);
    head.writeUInt32BE(6 + body.length, 0);
    head.writeUInt16BE(kind, 4);
    head.writeUInt32BE(request, 6);
    return Buffer.concat([head, body]);
}

export const frame = (name, object, request = 0) => frameRaw(KINDS[name], request, pack(name, object));

export function framesOf(message) {
    const frames = [];
    for (let at = 0; at < message.length;) {
        const size = message.readUInt32BE(at);
        const kind = message.readUInt16BE(at + 4);
        const name = NAMES.get(kind) ?? `kind ${kind}`;
        const body = message.subarray(at + 10, at + 4 + size);
        frames.push({
            name, kind, request: message.readUInt32BE(at + 6), body: NAMES.has(kind) ? unpack(name, body) : body,
        });
        at += 4 + size;
    }
    return frames;
}

// ---- bytes and cryptography (4, 5, 11) --------------------------------------------------------------------------

const be32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const be64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const zeros = (n) => Buffer.alloc(n);
const or = (bytes, size) => (bytes && bytes.length ? Buffer.from(bytes) : zeros(size));
const join = (...parts) => Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'ascii') : p)));
export const hash = (size, ...parts) => Buffer.from(blake2b(join(...parts), { dkLen: size }));
export const publicOf = (seed) => Buffer.from(ed25519.getPublicKey(seed));
export const sign = (seed, ...parts) => Buffer.from(ed25519.sign(join(...parts), seed));
export const verify = (pub, sig, ...parts) => ed25519.verify(sig, join(...parts), pub, { zip215: false });
export const deviceIdOf = (pub) => hash(16, 'OIM-device-id-v1', pub);

export function handshakeHash({ hello, clientNonce, cbType, cb }) {
    return hash(32, 'OIM-hs-v1', or(hello.org_id, 16), be32(hello.version), clientNonce, or(hello.server_nonce, 32),
        or(hello.server_pub, 32), or(hello.server_epoch, 16), be64(hello.log_seq), or(hello.log_head, 32),
        Buffer.from([cbType]), cb);
}

export const serverProofHolds = (hello, th) => verify(hello.server_pub, hello.sig, 'OIM-hs-server-v1', th);
export const deviceProof = (seed, th, deviceId, counter) =>
    sign(seed, 'OIM-hs-device-v1', th, deviceId, be64(counter));

export const logSignature = (seed, orgId, body) => sign(seed, 'OIM-log-v1', orgId, body);
export const logHash = (n, before, entry) =>
    hash(32, 'OIM-log-entry-v1', be64(n), before, be32(entry.body.length), entry.body, ...entry.sigs);
export const orgIdOf = (genesisBody) => hash(16, 'OIM-org-id-v1', genesisBody);
export const headHolds = (serverPub, sig, orgId, seq, head, ms) =>
    verify(serverPub, sig, 'OIM-log-head-v1', orgId, be64(seq), head, be64(ms));
export const addressesHold = (serverPub, { body, sig }, orgId) =>
    verify(serverPub, sig, 'OIM-addresses-v1', orgId, body);
export const adminSignature = (seed, orgId, no, body) => sign(seed, 'OIM-admin-v1', orgId, be64(no), body);
export const linkIdOf = (secret) => hash(16, 'OIM-link-id-v1', secret);
export const linkMac = (secret, ik, label) =>
    Buffer.from(blake2b(join('OIM-link-v1', ik, Buffer.from(label)), { dkLen: 32, key: secret }));

// ---- section 5: invite lines ------------------------------------------------------------------------------------

export function readLine(line) {
    const found = /^oim:\/\/(\[[^\]]+\]|[^:/#]+)(?::(\d+))?\/?#(.+)$/.exec(line.replace(/\s+/g, ''));
    if (!found) {
        throw new Error('not an invite line');
    }
    const bytes = Buffer.from(found[3], 'base64url');
    const spkiSize = bytes[51];
    return {
        host: found[1].replace(/^\[|\]$/g, ''), port: Number(found[2] ?? 7667), kind: bytes[1], mode: bytes[2],
        orgId: bytes.subarray(3, 19), serverKeyId: bytes.subarray(19, 35), secret: bytes.subarray(35, 51),
        spki: bytes.subarray(52, 52 + spkiSize), login: bytes.subarray(52 + spkiSize).toString(),
    };
}

export function writeLine({ host, port, kind, mode, orgId, serverKeyId, secret, spki, login = '' }) {
    const payload = join(Buffer.from([1, kind, mode]), orgId, serverKeyId, secret, Buffer.from([spki.length]), spki,
        Buffer.from(login));
    return `oim://${host.includes(':') ? `[${host}]` : host}:${port}/#${payload.toString('base64url')}`;
}

export function inviteKey(orgId, secret) {
    const seed = Buffer.from(hkdf(sha256, secret, orgId, Buffer.from('OIM-Invite-v1'), 32));
    const pub = publicOf(seed);
    return { seed, pub, id: hash(16, 'OIM-invite-id-v1', pub) };
}

// ---- one connection ---------------------------------------------------------------------------------------------

const HANG_MS = 30_000; // only ends a hang: nothing depends on it otherwise

/** A WebSocket that has done Hello and ServerHello (4) with the key pinned. Frames come out of `seen`, in order. */
export class Connection {
    constructor(socket, stream) {
        this.socket = socket;
        this.stream = stream;
        this.seen = [];
        this.closed = null;
        this.lastRequest = 0;
        this.waiting = new Set();
        this.onMessage = null;
        socket.on('message', (data, isBinary) => {
            const frames = isBinary ? framesOf(data) : [{ name: 'text', kind: -1, request: 0, body: data }];
            for (const one of frames) {
                if (one.name === 'Ping') {
                    this.send(frame('Pong', { opaque: one.body.opaque }, one.request));
                }
            }
            this.seen.push(...frames);
            this.onMessage?.(frames);
            this.wake();
        });
        socket.on('error', () => {});
        socket.on('close', (code, reason) => {
            this.closed = { code, reason: reason.toString() };
            this.wake();
        });
    }

    /** Opens TLS 1.3 and the WebSocket; checks the certificate's key where the line names one (1). */
    static open({ host, port, mode = 1, spki = zeros(0), path = '/oim', protocols = ['oim.v1'], options = {} }) {
        return new Promise((resolve, reject) => {
            const scheme = mode === 2 ? 'ws' : 'wss';
            const where = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
            const socket = new WebSocket(where, protocols, {
                rejectUnauthorized: false, minVersion: 'TLSv1.3', perMessageDeflate: false, ...options,
            });
            let connection;
            socket.on('upgrade', (response) => {
                connection = new Connection(socket, response.socket);
            });
            socket.on('error', reject);
            socket.on('open', () => {
                if (spki.length) {
                    const der = connection.stream.getPeerX509Certificate().publicKey
                        .export({ type: 'spki', format: 'der' });
                    if (!createHash('sha256').update(der).digest().equals(spki)) {
                        socket.terminate();
                        reject(new Error('the certificate is not the one of the line'));
                        return;
                    }
                }
                resolve(connection);
            });
        });
    }

    /** Hello and ServerHello. Throws unless the server proves the pinned key. */
    async greet({ serverKeyId, orgId = null, agent = 'stranger' }) {
        this.tls = typeof this.stream.exportKeyingMaterial === 'function';
        const cbType = this.tls ? 1 : 0;
        const cb = this.tls ? this.stream.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding') : zeros(32);
        const clientNonce = randomBytes(32);
        this.send(frame('Hello', {
            versions: [1], client_nonce: clientNonce, cb_type: cbType, agent, ...(orgId ? { org_id: orgId } : {}),
        }));
        const { body: hello } = await this.take('ServerHello');
        if (!hash(16, 'OIM-server-key-id-v1', hello.server_pub).equals(serverKeyId)) {
            throw new Error('another server than the line says');
        }
        this.th = handshakeHash({ hello, clientNonce, cbType, cb });
        this.thUnbound = handshakeHash({ hello, clientNonce, cbType, cb: zeros(32) });
        if (!serverProofHolds(hello, this.th)) {
            throw new Error('the server does not hold its key, or somebody is between us');
        }
        this.hello = hello;
        return hello;
    }

    send(...frames) {
        this.socket.send(Buffer.concat(frames));
    }

    wake() {
        for (const check of [...this.waiting]) {
            check();
        }
    }

    /** Resolves with what `find` returns as soon as that is something; fails at the close, unless `find` likes it. */
    until(find, what = 'something') {
        return new Promise((resolve, reject) => {
            const end = (settle, value) => {
                this.waiting.delete(check);
                clearTimeout(timer);
                settle(value);
            };
            const check = () => {
                const found = find();
                if (found) {
                    end(resolve, found);
                } else if (this.closed) {
                    end(reject, new Error(`closed ${this.closed.code} while waiting for ${what}`));
                }
            };
            const timer = setTimeout(() => end(reject, new Error(`waited in vain for ${what}`)), HANG_MS);
            this.waiting.add(check);
            check();
        });
    }

    /** The next frame of one of these names that satisfies `test`, taken out of `seen`. */
    take(names, test = () => true) {
        const wanted = [].concat(names);
        return this.until(() => {
            const at = this.seen.findIndex((f) => wanted.includes(f.name) && test(f));
            return at < 0 ? null : this.seen.splice(at, 1)[0];
        }, wanted.join(' or '));
    }

    /** Asks; the answer is the frame with the same request number, an Error included. */
    async ask(name, object, answers = []) {
        const request = ++this.lastRequest;
        this.send(frame(name, object, request));
        return this.take([].concat(answers, NAMES.get(KINDS[name] + 100) ?? [], 'Error'), (f) => f.request === request);
    }

    /** The close code (1006: none came). */
    async ended() {
        await this.until(() => this.closed, 'the close');
        return this.closed.code;
    }

    /** Cuts the line without a word, like a cable. */
    async cut() {
        this.stream.destroy();
        await this.ended();
    }

    async close() {
        if (!this.closed) {
            this.send(frame('Bye', {}));
            this.socket.close(1000);
            await this.ended();
        }
    }
}

// ---- a profile: what a client keeps -----------------------------------------------------------------------------

const revive = (key, value) =>
    (value && value.type === 'Buffer' && Array.isArray(value.data) ? Buffer.from(value.data) : value);

/** A device with its key, counters, outbox and mailbox, on disk. */
export class Stranger {
    constructor(file, kept) {
        this.file = file;
        Object.assign(this, { kept, connection: null, notices: [], live: [], answers: new Map(), wrong: [] });
    }

    static load(file) {
        return new Stranger(file, JSON.parse(fs.readFileSync(file, 'utf8'), revive));
    }

    /** Whole or not at all, and on the disk when this returns (4: conn_counter; 8: Ack; 7: send_no). */
    commit() {
        const handle = fs.openSync(`${this.file}.new`, 'w', 0o600);
        fs.writeSync(handle, JSON.stringify(this.kept));
        fs.fsyncSync(handle);
        fs.closeSync(handle);
        fs.renameSync(`${this.file}.new`, this.file);
    }

    static deviceAdd({ userId, userSeq, userPrev, generation, ik, label, signerDevice = null }) {
        return pack('LogBody', {
            user_id: userId, user_seq: userSeq, user_prev: userPrev, made_ms: Date.now(),
            device_add: { generation, ik, kind: 1, label, ...(signerDevice ? { signer_device: signerDevice } : {}) },
        });
    }

    /** Joins with a person's or the owner's line (5); the owner says who he is. */
    static async join(file, line, { login = '', display = '', label = 'stranger', seed = randomBytes(32) } = {}) {
        const place = readLine(line);
        const connection = await Connection.open(place);
        await connection.greet({ serverKeyId: place.serverKeyId, orgId: place.kind === 2 ? null : place.orgId });
        const invite = inviteKey(place.orgId, place.secret);
        const ik = publicOf(seed);
        const asked = await connection.ask('JoinAsk', { invite_id: invite.id });
        if (asked.name === 'Error') {
            await connection.close();
            throw Object.assign(new Error(`join: ${asked.body.code}`), { answer: asked.body });
        }
        const offer = asked.body;
        const entries = [];
        let orgId = place.orgId;
        let userId = offer.user_id;
        let userSeq = offer.user_seq;
        let userPrev = or(offer.user_prev, 32);
        let generation = offer.generation;
        if (offer.owner) {
            const genesis = pack('LogBody', {
                made_ms: Date.now(),
                genesis: { server_pub: connection.hello.server_pub, owner_ik: ik, nonce: randomBytes(16) },
            });
            entries.push({ body: genesis, sigs: [logSignature(seed, zeros(16), genesis)] });
            orgId = orgIdOf(genesis);
            userId = randomBytes(16);
            const create = pack('LogBody', {
                user_id: userId, user_seq: 1, user_prev: zeros(32), made_ms: Date.now(),
                user_create: { login, role: 'ROLE_OWNER', invite_pub: invite.pub },
            });
            entries.push({ body: create, sigs: [logSignature(seed, orgId, create)] });
            userSeq = 1;
            userPrev = logHash(1, zeros(32), entries[1]);
            generation = 1;
        }
        const add = Stranger.deviceAdd({ userId, userSeq: userSeq + 1, userPrev, generation, ik, label });
        entries.push({ body: add, sigs: [logSignature(invite.seed, orgId, add), logSignature(seed, orgId, add)] });
        const joined = await connection.ask('Join', { invite_id: invite.id, login, display, log_entries: entries });
        await connection.close();
        if (joined.name === 'Error') {
            throw Object.assign(new Error(`join: ${joined.body.code}`), { answer: joined.body });
        }
        const ok = joined.body;
        if (!Buffer.from(ok.device_id).equals(deviceIdOf(ik)) || !Buffer.from(ok.org_id).equals(orgId)) {
            throw new Error('JoinOk names another device or organisation');
        }
        return Stranger.create(file, place, { seed, orgId, userId: Buffer.from(ok.user_id), login: ok.login });
    }

    static create(file, place, { seed, orgId, userId, login }) {
        const stranger = new Stranger(file, {
            host: place.host, port: place.port, mode: place.mode, spki: Buffer.from(place.spki),
            serverKeyId: Buffer.from(place.serverKeyId), orgId: Buffer.from(orgId), seed, userId, login, counter: 0,
            cursor: 0, lastNo: 0, settled: 0, adminNo: 0, outbox: [], inbox: [], counts: {},
        });
        stranger.commit();
        return stranger;
    }

    get deviceId() {
        return deviceIdOf(publicOf(this.kept.seed));
    }

    /** A greeted connection, before DeviceAuth. */
    async reach() {
        const connection = await Connection.open({ ...this.kept });
        await connection.greet({ serverKeyId: this.kept.serverKeyId, orgId: this.kept.orgId });
        return connection;
    }

    authFor(connection, counter, { cls = 'CLASS_INTERACTIVE', rows = 64, th = connection.th } = {}) {
        return {
            device_id: this.deviceId, conn_counter: counter, class: cls, cursor: this.kept.cursor,
            sig: deviceProof(this.kept.seed, th, this.deviceId, counter), window_rows: rows,
            window_bytes: rows ? 262144 : 0, settled_no: this.kept.settled, client_version: '1.0',
            caps: ['offline_im'],
        };
    }

    /** Signs in (4). Resolves with AuthOk; throws with `answer` when refused. */
    async connect(options = {}) {
        const connection = await this.reach();
        this.kept.counter += 1;
        this.commit();
        this.autoAck = options.ack ?? true;
        connection.onMessage = (frames) => this.handle(connection, frames);
        this.connection = connection;
        connection.send(frame('DeviceAuth', this.authFor(connection, this.kept.counter, options)));
        const { name, body } = await connection.take(['AuthOk', 'AuthErr']);
        if (name === 'AuthErr') {
            throw Object.assign(new Error(`sign-in: ${body.code}`), { answer: body });
        }
        if (body.log_seq && !headHolds(connection.hello.server_pub, body.log_sig, this.kept.orgId, body.log_seq,
            body.log_head, body.log_ms)) {
            throw new Error('the head of the organisation log is not signed by the server');
        }
        this.ok = body;
        return body;
    }

    /** Everything one binary message brought: committed first, acknowledged after (8). */
    handle(connection, frames) {
        let rows = 0;
        const live = [];
        for (const { name, body } of frames) {
            if (name === 'Deliver' || name === 'Notice' || name === 'Gap') {
                const seq = name === 'Gap' ? body.to_seq : body.seq;
                if (name === 'Deliver' && !this.kept.inbox.some((m) => m.id.equals(body.msg_id))) {
                    this.kept.inbox.push({ id: Buffer.from(body.msg_id), from: Buffer.from(body.sender_user),
                        own: body.own_copy, cls: body.cls, inner: unpack('Inner', body.payload.ct) });
                }
                if (name === 'Deliver' && seq === 0) {
                    live.push(body.msg_id);
                } else if (seq > this.kept.cursor) {
                    this.kept.cursor = seq;
                    rows += 1;
                    if (name === 'Notice') {
                        this.notices.push(body);
                    }
                }
            } else if (name === 'SubmitResult') {
                this.answered(body);
            } else if (name === 'LiveResult') {
                this.live.push(body);
            } else if (name === 'DeviceSetWrong') {
                this.wrong.push(body);
            }
        }
        if (rows || live.length) {
            this.commit();
            if (this.autoAck) {
                connection.send(this.ackFrame(live));
            }
        }
    }

    ackFrame(live = []) {
        return frame('Ack', { seq: this.kept.cursor, live_ids: live, settled_no: this.kept.settled });
    }

    answered(result) {
        for (let no = result.from_no; no <= result.to_no; no += 1) {
            this.answers.set(no, result);
            if (!['OUTCOME_RETRY', 'OUTCOME_GAP'].includes(result.outcome)) {
                this.kept.outbox = this.kept.outbox.filter((s) => s.no !== no);
            }
        }
        this.kept.settled = this.kept.outbox.length ? this.kept.outbox[0].no - 1 : this.kept.lastNo;
    }

    /** One person by login, with the devices and log position a Submit needs. */
    async person(words) {
        const { body } = await this.connection.ask('Directory', { words });
        const person = body.persons.find((p) => p.login === words);
        if (!person) {
            throw new Error(`nobody called ${words}`);
        }
        return { ...person, user_id: Buffer.from(person.user_id) };
    }

    async submitFor(to, inner, { cls = 'CLS_CHAT', ttl = 0 } = {}) {
        const { body: people } = await this.connection.ask('Directory', { user_ids: [to, this.kept.userId] });
        const devices = people.persons.flatMap((p) => p.devices).map((d) => Buffer.from(d.device_id))
            .filter((id) => !id.equals(this.deviceId));
        return {
            to_user: to, msg_id: randomBytes(16), suite: 0, cls, log_seq: people.log_seq, ttl_s: ttl,
            payload: { ct: pack('Inner', inner) }, slots: devices.map((id) => ({ device_id: id })),
        };
    }

    /** Writes into the outbox: number and bytes are bound and on the disk. Resolves with the number. */
    async queue(to, text, options = {}) {
        const conversation = to.toString('hex');
        this.kept.counts[conversation] = (this.kept.counts[conversation] ?? 0) + 1;
        const inner = { sent_ms: Date.now(), sender_seq: this.kept.counts[conversation], chat: { text } };
        const submit = await this.submitFor(to, options.inner ?? inner, options);
        submit.send_no = ++this.kept.lastNo;
        this.kept.outbox.push({ no: submit.send_no, id: submit.msg_id, bytes: frame('Submit', submit) });
        this.commit();
        return submit.send_no;
    }

    /** Sends everything without a final answer, in order, the same bytes again (7). */
    flush() {
        if (this.kept.outbox.length) {
            this.connection.send(...this.kept.outbox.map((s) => s.bytes));
        }
    }

    answer(no) {
        return this.connection.until(() => this.answers.get(no), `the answer to number ${no}`);
    }

    /** Writes and sends; resolves with the SubmitResult. */
    async write(to, text, options) {
        const no = await this.queue(to, text, options);
        this.flush();
        return this.answer(no);
    }

    texts() {
        return this.kept.inbox.filter((m) => m.cls === 'CLS_CHAT' && !m.own).map((m) => m.inner.chat.text);
    }

    /** The whole organisation log, each link and the head checked (11). Resolves with the bodies. */
    async readLog() {
        const bodies = [];
        let before = zeros(32);
        for (let n = 1; ;) {
            const { body: page } = await this.connection.ask('LogGet', { from_seq: n });
            for (const entry of page.entries) {
                before = logHash(n, before, entry);
                bodies.push(unpack('LogBody', entry.body));
                n += 1;
            }
            if (n > page.head_seq || page.entries.length === 0) {
                if (!before.equals(or(page.head, 32)) || !headHolds(this.connection.hello.server_pub, page.sig,
                    this.kept.orgId, page.head_seq, or(page.head, 32), page.head_ms)) {
                    throw new Error('the organisation log does not hang together');
                }
                return bodies;
            }
        }
    }

    /** An administrator's change: numbered, committed, signed (10). */
    async administer(op) {
        this.kept.adminNo += 1;
        this.commit();
        const body = pack('AdminOp', op);
        const sig = adminSignature(this.kept.seed, this.kept.orgId, this.kept.adminNo, body);
        const { body: result } = await this.connection.ask('Admin', { admin_no: this.kept.adminNo, body, sig });
        return { ...result, rows: unpack('AdminRows', result.rows ?? zeros(0)).rows };
    }

    /** Invites a person; resolves with the line (5, 10). */
    async invite(login, display) {
        const secret = randomBytes(16);
        const invite = inviteKey(this.kept.orgId, secret);
        const userId = randomBytes(16);
        const body = pack('LogBody', {
            user_id: userId, user_seq: 1, user_prev: zeros(32), made_ms: Date.now(),
            user_create: { login, role: 'ROLE_USER', invite_pub: invite.pub },
        });
        const entry = { body, sigs: [logSignature(this.kept.seed, this.kept.orgId, body)] };
        const result = await this.administer({ invite: { login, display, role: 'ROLE_USER', user_create: entry } });
        if (result.code) {
            throw Object.assign(new Error(`invite: ${result.code} ${result.text}`), { answer: result });
        }
        return writeLine({ ...this.kept, kind: 1, secret, login });
    }
}

export { be32, be64, zeros };
