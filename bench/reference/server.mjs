// The reference, socket.io from npm with its default engine: the same handlers as bench/server.
//
//   node server.mjs [--port N] [--tls-cert FILE --tls-key FILE]
import fs from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {parseArgs} from 'node:util';
import {Server} from 'socket.io';

const {values} = parseArgs({options: {
    'port': {type: 'string', default: '0'},
    'tls-cert': {type: 'string'},
    'tls-key': {type: 'string'},
}});

const http = values['tls-cert']
    ? createSecureServer({cert: fs.readFileSync(values['tls-cert']), key: fs.readFileSync(values['tls-key'])})
    : createServer();
const io = new Server(http, {serveClient: false});

io.on('connection', (socket) => {
    socket.on('echo', (text) => socket.emit('echo', text));
    socket.on('ack', (text, done) => done(text));
    socket.on('broadcast', (text) => io.emit('broadcast', text));
});

http.listen({port: Number(values.port), host: '127.0.0.1', backlog: 4096}, () => {
    const scheme = values['tls-cert'] ? 'https' : 'http';
    console.log(`listening on ${scheme}://127.0.0.1:${http.address().port}`);
});
