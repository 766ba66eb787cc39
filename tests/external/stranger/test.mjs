// test.mjs - what a client that is not ours can do with a real server, next to people with the real programs.

import { randomBytes } from 'node:crypto';
import * as oim from './client.mjs';
import { World, expect, same } from '../world.mjs';

const { Stranger, Connection, frame } = oim;
const world = new World();
const hex = (text) => Buffer.from(text.replace(/\s+/g, ''), 'hex');
const filled = (size, byte) => Buffer.alloc(size, byte);

await world.claim('the test vectors of PROTOCOL.md come out of another implementation', () => {
    const server = oim.publicOf(filled(32, 1));
    same(server, hex('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'), 'server key');
    const ownerSeed = filled(32, 2);
    const genesis = oim.pack('LogBody', { made_ms: 1700000000000,
        genesis: { server_pub: server, owner_ik: oim.publicOf(ownerSeed), nonce: filled(16, 7) } });
    const orgId = oim.orgIdOf(genesis);
    same(orgId, hex('18381f1cd3579a064bc9474297c8ead1'), 'org_id');
    const first = { body: genesis, sigs: [oim.logSignature(ownerSeed, oim.zeros(16), genesis),
        oim.logSignature(filled(32, 1), oim.zeros(16), genesis)] };
    same(oim.logHash(1, oim.zeros(32), first),
        hex('a83fa1e41a54420cf2a7425d7eb41c0f385d06ddaa9c299fcee42750c7990cde'), 'hash_1');
    const invite = oim.inviteKey(orgId, filled(16, 0x42));
    same(invite.id, hex('9c2ec0cde8a121c32476f479cbe19870'), 'invite_id');
    const line = oim.writeLine({ host: 'chat.example.org', port: 7667, kind: 1, mode: 1, orgId,
        serverKeyId: oim.hash(16, 'OIM-server-key-id-v1', server), secret: filled(16, 0x42), spki: oim.zeros(0),
        login: 'tony' });
    same(line, 'oim://chat.example.org:7667/#AQEBGDgfHNNXmgZLyUdCl8jq0d7LZwl8EQn64MlUNUQPeUFCQkJCQkJCQkJCQkJCQkJCA'
        + 'HRvbnk', 'invite line');
    same(oim.readLine(` ${line.slice(0, 30)}\n ${line.slice(30)}`).secret, filled(16, 0x42), 'line read again');
    const th = oim.handshakeHash({ clientNonce: filled(32, 0x11), cbType: 1, cb: filled(32, 0x14), hello: {
        org_id: orgId, version: 1, server_nonce: filled(32, 0x12), server_pub: server, log_seq: 2,
        server_epoch: filled(16, 0x13),
        log_head: hex('46eda12892bcb56c90465d9cf9c59e53fe6ee1869e32cd77fbee2b5867e244bc') } });
    same(th, hex('96ec003fa75ce0415bc9583f0f7d64ef92863484a777054bbb857ae88ef793ed'), 'th');
    const tony = filled(32, 3);
    const proof = oim.deviceProof(tony, th, oim.deviceIdOf(oim.publicOf(tony)), 42);
    expect(proof.toString('hex').startsWith('552c90583b9cfb8c68f55a0566c0d73d0ad81c20'), 'DeviceAuth.sig');
    same(oim.linkMac(filled(16, 0x42), oim.publicOf(tony), 'laptop'),
        hex('c8dcdb2ad776dd03d16260ec71684ca1beab9f47e5481444453819b53a94d60a'), 'link mac');
});

await world.organisation();
const bobLine = await world.invite('bob', 'Bob Stone');
await world.oim('bob', 'join', bobLine, '--no-passphrase');
await world.as('bob', process.env.OIM, 'agent', '--stop');
const noraLine = await world.invite('nora', 'Nora Night');
let nora;
let second;
let bob;

await world.claim('a stranger joins with the line that oimctl printed', async () => {
    nora = await Stranger.join(world.file('nora.json'), noraLine, { label: 'node' });
    same(nora.kept.login, 'nora', 'login');
});

await world.claim('the same line and key again is the same answer; another key is told when it was used', async () => {
    const again = await Stranger.join(world.file('again.json'), noraLine, { seed: nora.kept.seed, label: 'node' });
    same(again.kept.userId, nora.kept.userId, 'user_id');
    const { answer } = await Stranger.join(world.file('thief.json'), noraLine).catch((e) => e);
    same(answer.code, 6, 'code');
    same(answer.label, 'node', 'label of the device that used it');
    expect(answer.at_ms > 1.7e12, 'and when');
});

await world.claim('it signs in over TLS 1.3, bound by the exporter, and checks the signed head', async () => {
    const ok = await nora.connect();
    same(nora.connection.stream.getProtocol(), 'TLSv1.3', 'TLS');
    same([ok.login, ok.role, ok.hw, ok.display], ['nora', 'ROLE_USER', 0, 'Nora Night'], 'AuthOk');
    for (const name of ['Limits', 'Policy', 'Summary']) {
        await nora.connection.take(name);
    }
});

await world.claim('the organisation log hangs together, link by link up to the signed head', async () => {
    const bodies = await nora.readLog();
    same(bodies.map((b) => b.entry ?? Object.keys(b).find((k) => k !== 'base' && b[k] && b[k].constructor === Object)),
        ['genesis', 'user_create', 'device_add', 'user_create', 'device_add', 'user_create', 'device_add'], 'entries');
    same(bodies[6].device_add.ik, oim.publicOf(nora.kept.seed), 'own key');
});

await world.claim('a message for somebody who is signed out is held, and the real client shows it', async () => {
    bob = await nora.person('bob');
    const held = await nora.write(bob.user_id, 'Good night from a stranger \u{1f319}');
    same(held.outcome, 'OUTCOME_HELD', 'outcome');
    expect(held.until_ms > Date.now() + 13 * 86400e3, 'kept for two weeks');
    const shown = await world.oim('bob', 'receive');
    expect(shown.includes('Good night from a stranger \u{1f319}'), shown);
});

await world.claim('the acknowledgement of the other side arrives as a notice', async () => {
    const notice = await nora.connection.until(() => nora.notices.find((n) => n.what === 'NOTICE_WHAT_DELIVERED'));
    same(notice.peer, bob.user_id, 'peer');
    same([notice.k, notice.n, notice.msg_ids.length], [1, 1, 1], 'devices and messages');
});

await world.claim('what the real client writes arrives, and the stranger\'s Ack makes it delivered', async () => {
    await world.oim('bob', 'send', 'nora', 'Welcome, Nora', '--wait', 'delivered', '--timeout', '50');
    same(nora.texts(), ['Welcome, Nora'], 'texts');
});

await world.claim('it is refused with the reason and who decided, and the number is used up', async () => {
    await world.as('bob', process.env.OIM, 'agent', '--stop');
    await world.oimctl('offline', 'off', 'nora');
    const refused = await nora.write(bob.user_id, 'this may not wait');
    same([refused.outcome, refused.reason, refused.who],
        ['OUTCOME_REFUSED', 'REASON_SENDER_OFFLINE_OFF', 'WHO_SENDER_POLICY'], 'verdict');
    const policy = await nora.connection.take('Policy', (f) => f.body.settings.some((s) =>
        /EnableOfflineIm|EnableIMAutoArchiving/.test(s.name) && s.tri === 'TRI_FALSE'));
    expect(policy.body.policy_version > 0, 'the policy was pushed');
    await world.oimctl('offline', 'on', 'nora');
    same((await nora.write(bob.user_id, 'this may wait')).outcome, 'OUTCOME_HELD', 'next number');
});

await world.claim('wrong slots are answered by the right ones; rebuilt under the same number it is taken', async () => {
    const no = await nora.queue(bob.user_id, 'to the wrong devices');
    const kept = nora.kept.outbox.at(-1);
    const stale = await nora.submitFor(bob.user_id, { sent_ms: 1, sender_seq: 1, chat: { text: 'x' } });
    nora.connection.send(frame('Submit', { ...stale, send_no: no, msg_id: kept.id,
        slots: [{ device_id: randomBytes(16) }] }));
    const wrong = await nora.connection.until(() => nora.wrong.find((w) => w.send_no === no));
    same([wrong.missing.length, wrong.extra.length], [1, 1], 'missing and extra');
    same(wrong.missing[0], bob.devices[0].device_id, 'missing');
    nora.flush();
    same((await nora.answer(no)).outcome, 'OUTCOME_HELD', 'outcome');
});

await world.claim('after a cut it sends the same bytes again: same answers, nothing twice', async () => {
    for (let i = 0; i < 5; i += 1) {
        await nora.queue(bob.user_id, `cut ${i}`);
    }
    const numbers = nora.kept.outbox.map((s) => s.no);
    nora.connection.onMessage = null; // the answers, if they come, are not heard
    nora.flush();
    await nora.connection.cut();
    nora = Stranger.load(nora.file); // as after a crash of the client
    await nora.connect();
    same(nora.kept.outbox.map((s) => s.no), numbers, 'outbox');
    nora.flush();
    for (const no of numbers) {
        same((await nora.answer(no)).outcome, 'OUTCOME_HELD', `number ${no}`);
    }
    const shown = await world.oim('bob', 'receive');
    same(shown.match(/cut \d/g), ['cut 0', 'cut 1', 'cut 2', 'cut 3', 'cut 4'], 'what Bob saw');
    await world.as('bob', process.env.OIM, 'agent', '--stop');
});

await world.claim('rows that were not acknowledged come again from the cursor, in order', async () => {
    await nora.connection.close();
    await nora.connect({ ack: false });
    await world.oim('bob', 'send', 'nora', 'one');
    await world.oim('bob', 'send', 'nora', 'two');
    await nora.connection.until(() => nora.texts().includes('two'), 'two');
    await nora.connection.cut();
    nora = Stranger.load(nora.file);
    nora.kept.cursor = Math.max(0, nora.kept.cursor - 2); // as if the last commit had been lost
    nora.kept.inbox = nora.kept.inbox.slice(0, -2);
    nora.commit();
    await nora.connect();
    await nora.connection.until(() => nora.texts().includes('two'), 'two again');
    same(nora.texts().slice(-2), ['one', 'two'], 'texts');
});

await world.claim('kill -9 of the server and a new start: what was held stays, the lane goes on', async () => {
    await world.as('bob', process.env.OIM, 'agent', '--stop');
    same((await nora.write(bob.user_id, 'before the crash')).outcome, 'OUTCOME_HELD', 'before');
    const { hw } = nora.ok;
    await world.kill();
    await nora.connection.ended();
    await world.serve();
    await nora.connect();
    expect(nora.ok.hw > hw, 'the server counts on');
    same((await nora.write(bob.user_id, 'after the crash')).outcome, 'OUTCOME_HELD', 'after');
    const shown = await world.oim('bob', 'receive');
    same(shown.match(/(before|after) the crash/g), ['before the crash', 'after the crash'], 'what Bob saw');
});

await world.claim('a newer connection of the device takes over; a counter that does not grow is refused', async () => {
    const older = nora.connection;
    await nora.connect();
    same((await older.take('Bye')).body.code, 6, 'Bye');
    same(await older.ended(), 4006, 'close code');
    const late = await nora.reach();
    late.send(frame('DeviceAuth', nora.authFor(late, nora.kept.counter)));
    const { name, body } = await late.take(['AuthOk', 'AuthErr']);
    same([name, body.code, body.last_counter], ['AuthErr', 6, nora.kept.counter], 'answer');
    await late.close();
    const { body: pong } = await nora.connection.ask('Ping', { opaque: Buffer.from('here') });
    same(pong.opaque, Buffer.from('here'), 'the session in force goes on');
});

await world.claim('a proof without the exporter of this TLS session does not hold', async () => {
    const connection = await nora.reach();
    connection.send(frame('DeviceAuth', nora.authFor(connection, nora.kept.counter + 1,
        { th: connection.thUnbound })));
    same((await connection.take(['AuthOk', 'AuthErr'])).body.code, 3, 'code');
    await connection.close();
});

await world.claim('a second device is linked by the first, stranger to stranger', async () => {
    const secret = randomBytes(16);
    const linkId = oim.linkIdOf(secret);
    const opened = await nora.connection.ask('LinkOpen', { link_id: linkId });
    expect(opened.body.until_ms > Date.now(), 'open');
    const seed = randomBytes(32);
    const ik = oim.publicOf(seed);
    const fresh = await nora.reach();
    fresh.send(frame('LinkRequest', { link_id: linkId, ik, device_label: 'second', mac: oim.linkMac(secret, ik,
        'second') }, 7));
    const { body: offer } = await nora.connection.take('LinkOffer');
    same(offer.mac, oim.linkMac(secret, offer.ik, offer.device_label), 'mac');
    const body = Stranger.deviceAdd({ userId: nora.kept.userId, userSeq: offer.user_seq + 1,
        userPrev: offer.user_prev, generation: offer.generation, ik, label: 'second', signerDevice: nora.deviceId });
    nora.connection.send(frame('LinkBody', { link_id: linkId, body,
        sig_old: oim.logSignature(nora.kept.seed, nora.kept.orgId, body) }));
    const { body: given } = await fresh.take('LinkBody');
    same(given.body, body, 'body');
    const done = await fresh.ask('LinkSign', { link_id: linkId,
        sig_new: oim.logSignature(seed, nora.kept.orgId, given.body) }, ['JoinOk']);
    same(done.name, 'JoinOk', 'answer');
    await fresh.close();
    same((await nora.connection.take('LinkDone')).body.device_id, oim.deviceIdOf(ik), 'LinkDone');
    second = Stranger.create(world.file('second.json'), nora.kept,
        { seed, orgId: nora.kept.orgId, userId: nora.kept.userId, login: 'nora' });
    await second.connect();
    const no = await nora.queue(bob.user_id, 'seen by my other device');
    nora.flush();
    await nora.answer(no);
    await second.connection.until(() => second.kept.inbox.some((m) => m.own), 'the own copy');
    same(second.kept.inbox.at(-1).inner.chat.text, 'seen by my other device', 'own copy');
});

await world.claim('unknown fields are ignored, unknown kinds answered, and the connection goes on', async () => {
    const odd = Buffer.concat([oim.pack('Ping', { opaque: Buffer.from('a') }), hex('ca3e0101')]); // field 1001
    nora.connection.send(oim.frameRaw(91, 70, odd));
    same((await nora.connection.take('Pong')).request, 70, 'Pong');
    nora.connection.send(oim.frameRaw(999, 71, Buffer.from('anything')));
    const { body } = await nora.connection.take('Error', (f) => f.request === 71);
    same([body.code, body.offending_kind], [20, 999], 'Error');
});

await world.claim('presence, contacts and typing are what the page says', async () => {
    const { body: added } = await nora.connection.ask('Contact', { op: 'CONTACT_OP_ADD', user: bob.user_id });
    same(added.code, 0, 'added');
    const { body: list } = await nora.connection.ask('Contact', { op: 'CONTACT_OP_LIST' });
    expect(list.items.some((i) => i.contact && bob.user_id.equals(i.user)), 'Bob is listed');
    const { connection: elsewhere } = second;
    nora.connection.send(frame('Presences', { items: [{ state: 'PRESENCE_BUSY', note: 'counting sheep' }] }),
        frame('Typing', { to_user: bob.user_id }), frame('Attend', { class: 'CLASS_ATTENDING' }));
    const told = await elsewhere.take('Presences', (f) => f.body.items[0].note === 'counting sheep');
    same([told.body.items[0].state, told.body.items.length], ['PRESENCE_BUSY', 1], 'told on the other device');
    nora.connection.send(frame('Presences', { items: [{ state: 'PRESENCE_AUTO' }] }));
    await elsewhere.take('Presences', (f) => f.body.items[0].note === '');
    await elsewhere.close();
    for (const [idle, words] of [[300, 'inactive'], [600, 'away'], [0, 'available']]) {
        nora.connection.send(frame('Attend', { class: 'CLASS_INTERACTIVE', idle_s: idle }));
        await nora.connection.ask('Ping', { opaque: Buffer.alloc(8) });
        const seen = await world.oim('bob', 'people', 'nora');
        expect(new RegExp(`nora.* ${words}`).test(seen), `idle for ${idle} s is ${words}: ${seen}`);
    }
    await nora.connection.close();
});

const other = new World();
await world.claim('a stranger owns an organisation: genesis, an invite of its own, and the real client joins', async () => {
    try {
        await other.serve();
        const owner = await Stranger.join(other.file('owner.json'), other.ownerLine,
            { login: 'olga', display: 'Olga Own' });
        const ok = await owner.connect();
        same([ok.login, ok.role], ['olga', 'ROLE_OWNER'], 'AuthOk');
        const line = await owner.invite('tony', 'Tony Smith');
        await other.oim('tony', 'join', line, '--no-passphrase');
        const tony = await owner.person('tony');
        await other.as('tony', process.env.OIM, 'agent', '--stop');
        same((await owner.write(tony.user_id, 'Hello Tony')).outcome, 'OUTCOME_HELD', 'message');
        const shown = await other.oim('tony', 'receive');
        expect(shown.includes('Hello Tony'), shown);
        const set = await owner.administer({ policy_set: { identity: 'Global',
            settings: [{ name: 'EnableIMAutoArchiving', tri: 'TRI_FALSE' }] } });
        same(set.code, 0, set.text);
        await other.as('tony', process.env.OIM, 'agent', '--stop');
        same((await owner.write(tony.user_id, 'And now?')).reason, 'REASON_SENDER_OFFLINE_OFF', 'the seed\'s switch');
        owner.kept.adminNo -= 1;
        const twice = await owner.administer({ policy_set: { identity: 'Global',
            settings: [{ name: 'EnableIMAutoArchiving', tri: 'TRI_TRUE' }] } });
        same([twice.code, twice.admin_no], [6, owner.kept.adminNo], 'a number that was used');
        await owner.connection.close();
    } finally {
        await other.as('tony', process.env.OIM, 'agent', '--stop');
        await other.kill('SIGTERM');
        other.remove();
    }
});

await world.finish();
