// world.mjs - for the scenarios from outside: a real server on a free port, real people, claims as TAP.
//
// Paths come from the build: OIMD, OIM, OIMCTL. Everything lives in one temporary folder, which is removed unless a
// claim did not hold. Nothing sleeps: programs are awaited by what they print.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';

const environment = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1' };
environment.PATH = `${path.dirname(process.env.OIM)}:${environment.PATH}`;

export class World {
    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oim-external.'));
        this.people = new Set();
        this.claims = 0;
        this.failures = 0;
        this.port = 0;
        process.on('exit', () => this.server?.kill('SIGKILL')); // where a scenario breaks off
    }

    file(name) {
        return path.join(this.folder, name);
    }

    /** Starts oimd and resolves when it accepts connections. */
    async serve(...args) {
        fs.mkdirSync(this.file('secret'), { recursive: true });
        const log = fs.openSync(this.file('server.log'), 'a');
        this.server = spawn(process.env.OIMD, ['--data-dir', this.file('data'), '--secret-file',
            this.file('secret/oimd.key'), '--listen', `127.0.0.1:${this.port}`, ...args],
        { stdio: ['ignore', 'pipe', log], env: environment });
        fs.closeSync(log);
        this.gone = new Promise((resolve) => this.server.once('exit', (code, signal) => resolve(code ?? signal)));
        let printed = '';
        await new Promise((resolve, reject) => {
            this.server.stdout.on('data', (data) => {
                printed += data;
                this.port = Number(/^oimd .*listening [^ ]*:(\d+)/m.exec(printed)?.[1] ?? 0);
                this.ownerLine = /oim:\/\/\S+/.exec(printed)?.[0] ?? this.ownerLine;
                if (this.port && (this.ownerLine || fs.existsSync(this.file('ana')))) {
                    resolve();
                }
            });
            this.gone.then((code) => reject(new Error(`oimd ended with ${code}`)));
        });
    }

    async kill(signal = 'SIGKILL') {
        this.server.kill(signal);
        return this.gone;
    }

    /** How often the server's log has said so. */
    logged(word) {
        return fs.readFileSync(this.file('server.log'), 'utf8').split(word).length - 1;
    }

    /** Runs a program with that person's profile. */
    as(who, program, ...args) {
        this.people.add(who);
        const child = spawn(program, args,
            { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, OIM_HOME: this.file(who) } });
        return new Promise((resolve) => {
            let out = '';
            let err = '';
            child.stdout.on('data', (data) => { out += data; });
            child.stderr.on('data', (data) => { err += data; });
            child.on('exit', (code) => resolve({ code, out, err }));
        });
    }

    async oim(who, ...args) {
        const done = await this.as(who, process.env.OIM, ...args);
        return expect(done.code === 0, `oim ${args.join(' ')}: ${done.code} ${done.out}${done.err}`) && done.out;
    }

    async oimctl(...args) {
        const done = await this.as('ana', process.env.OIMCTL, ...args);
        return expect(done.code === 0, `oimctl ${args.join(' ')}: ${done.code} ${done.out}${done.err}`) && done.out;
    }

    /** The owner ana, with the real programs. */
    async organisation(...args) {
        await this.serve(...args);
        await this.oim('ana', 'join', this.ownerLine, '--login', 'ana', '--display', 'Ana Ruiz', '--no-passphrase');
    }

    async invite(login, display) {
        return /oim:\/\/\S+/.exec(await this.oimctl('invite', login, '--display', display))[0];
    }

    /** One line of TAP for what `prove` checks. */
    async claim(text, prove) {
        this.claims += 1;
        try {
            await prove();
            console.log(`ok ${this.claims} - ${text}`);
        } catch (error) {
            this.failures += 1;
            console.log(`not ok ${this.claims} - ${text}\n${String(error.stack).replace(/^/gm, '# ')}`);
        }
    }

    remove() {
        fs.rmSync(this.folder, { recursive: true });
    }

    async finish() {
        for (const who of this.people) {
            await this.as(who, process.env.OIM, 'agent', '--stop');
        }
        if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
            const code = await this.kill('SIGTERM');
            await this.claim('the server ends in order, without a complaint of the sanitizers', () => {
                expect(code === 0, `oimd ended with ${code}`);
                const log = fs.readFileSync(this.file('server.log'), 'utf8');
                expect(!/runtime error|Sanitizer/.test(log), log);
            });
        }
        if (this.failures) {
            const log = fs.readFileSync(this.file('server.log'), 'utf8').trim().split('\n').slice(-20).join('\n');
            console.log(`# left for a look: ${this.folder}\n${log.replace(/^/gm, '# server: ')}`);
        } else {
            this.remove();
        }
        console.log(`1..${this.claims}`);
        process.exit(this.failures ? 1 : 0);
    }
}

export function expect(truth, text) {
    if (!truth) {
        throw new Error(text);
    }
    return true;
}

export function same(found, wanted, what = 'value') {
    const [a, b] = [found, wanted].map((v) => (Buffer.isBuffer(v) || v instanceof Uint8Array
        ? Buffer.from(v).toString('hex') : JSON.stringify(v)));
    return expect(a === b, `${what}: expected ${b}, got ${a}`);
}
