// The chat itself: rooms, who is here, who is typing, messages with delivery ticks, pictures as binary events.
(function () {
  'use strict';

  var rooms = ['harbour', 'lighthouse', 'engine room'];
  var largestPicture = 700 * 1024;
  // Two people may have one name: a page is known by what it made up when it was loaded.
  var me = { who: madeUp(), name: sessionStorage.getItem('name') || '', room: rooms[0] };
  var socket = null;
  var replaced = [];  // sockets of other transports, until the new one is in the room
  var inRoom = false; // the server knows that this page is in its room
  var waiting = [];   // what was said here and the server has not acknowledged yet
  var own = {};       // messages of mine that wait for their ticks, by the number the server gave them
  var acknowledged = {};
  var entered = '';   // the room whose log is shown
  var shown = {};     // what of the room's past stands in the log, by its number and time
  var typists = {};
  var typingSince = 0;
  var quietTimer = null;

  function madeUp() { return Math.random().toString(36).slice(2, 12) + Date.now().toString(36); }

  function element(id) { return document.getElementById(id); }

  function make(tag, className, text) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function atEnd(add) {
    var log = element('log');
    var near = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    add(log);
    if (near) log.scrollTop = log.scrollHeight;
  }

  function note(text) { atEnd(function (log) { log.appendChild(make('li', 'note', text)); }); }

  function clock(at) { return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }); }

  function show(entry, content) {
    var mine = entry.who === me.who;
    var item = make('li', mine ? 'mine' : '');
    if (!mine) item.appendChild(make('p', 'who', entry.from));
    var bubble = make('div', 'bubble');
    bubble.appendChild(content);
    item.appendChild(bubble);
    var when = make('p', 'when', clock(entry.at));
    var ticks = make('span', 'ticks', '');
    when.appendChild(ticks);
    item.appendChild(when);
    atEnd(function (log) { log.appendChild(item); });
    return ticks;
  }

  function showText(entry) { return show(entry, document.createTextNode(entry.text)); }

  function nameOf(entry) { return entry.id + ' ' + entry.at; }

  // What others said, once.
  function hear(entry) {
    if (shown[nameOf(entry)]) return;
    shown[nameOf(entry)] = true;
    showText(entry);
  }

  // What is told again of the past: not what this page has said and shows already.
  function recall(entry) {
    if (own[entry.id] || acknowledged[entry.id + ' ' + entry.who]) return;
    hear(entry);
  }

  function showPicture(entry, bytes) {
    var image = make('img');
    image.alt = 'A picture from ' + entry.from;
    image.src = URL.createObjectURL(new Blob([bytes], { type: entry.type }));
    image.onload = function () { element('log').scrollTop = element('log').scrollHeight; };
    return show(entry, image);
  }

  function tick(ticks, text, title, all) {
    ticks.textContent = text;
    ticks.title = title;
    ticks.classList.toggle('all', all);
  }

  // Says what waits, in its order. What was said when the connection broke is said again: the server knows it by its key.
  function flush() {
    if (!inRoom) return;
    waiting.forEach(function (said) {
      if (said.by === socket) return;
      said.by = socket;
      socket.emit.apply(socket, said.event.concat(said.key, function (answer) { arrived(said, answer.id); }));
    });
  }

  // One tick: the server has it. Two: every other client in the room has acknowledged it.
  function arrived(said, id) {
    var place = waiting.indexOf(said);
    if (place < 0) return;
    waiting.splice(place, 1);
    acknowledged[id + ' ' + me.who] = true;
    tick(said.ticks, '✓', 'the server has it', false);
    own[id] = said.ticks;
  }

  function send(event, ticks) {
    tick(ticks, '…', 'on its way', false);
    waiting.push({ key: madeUp(), event: event, ticks: ticks, by: null });
    flush();
  }

  function say(text) { send(['say', text], showText({ who: me.who, from: me.name, text: text, at: Date.now() })); }

  function share(file) {
    if (file.size > largestPicture) return note('That picture is too large: at most 700 KB.');
    file.arrayBuffer().then(function (bytes) {
      send(['picture', file.type, bytes], showPicture({ who: me.who, from: me.name, type: file.type, at: Date.now() }, bytes));
    });
  }

  function showMembers(members) {
    element('count').textContent = String(members.length);
    var list = element('members');
    list.textContent = '';
    members.forEach(function (member) {
      var item = make('li', '', member.name);
      item.appendChild(make('small', '', 'v' + member.protocol + ' ' + member.transport));
      list.appendChild(item);
    });
  }

  function showTypists() {
    var names = Object.keys(typists);
    var text = names.length === 0 ? '' : names.length < 3 ? names.join(' and ') + (names.length === 1 ? ' is typing…' : ' are typing…') : 'several people are typing…';
    element('typing').textContent = text;
  }

  function typing(on) {
    if (on === Boolean(typingSince)) return;
    typingSince = on ? Date.now() : 0;
    if (socket && socket.connected) socket.emit('typing', on);
  }

  // Into the room that is chosen. Sockets whose place this one takes go when it is in the room.
  function enter() {
    var room = me.room;
    var by = socket;
    inRoom = false;
    by.emit('enter', room, me.name, me.who, function (welcome) {
      if (room !== me.room || by !== socket) return;
      inRoom = true;
      me.name = welcome.name;
      showMembers(welcome.members);
      welcome.history.forEach(recall);
      if (entered !== room) note('You are in the ' + room + ' as ' + me.name + '.');
      entered = room;
      flush();
      replaced.forEach(function (each) { each.disconnect(); });
      replaced = [];
    });
  }

  // The log belongs to a room; what waits to be said there stays with it.
  function clear() {
    element('log').textContent = '';
    shown = {};
    entered = '';
  }

  function listen() {
    var here = socket;
    socket.on('connect', function () {
      if (here !== socket) return;
      if (!here.recovered) return enter();
      inRoom = true;
      flush();
    });
    socket.on('disconnect', function () {
      if (here !== socket) return;
      inRoom = false;
      waiting.forEach(function (said) { said.by = null; });
    });
    socket.on('said', function (entry) {
      if (entry.who === me.who) return;
      hear(entry);
      delete typists[entry.from];
      showTypists();
    });
    socket.on('picture', function (entry, bytes) {
      if (entry.who === me.who || shown[nameOf(entry)]) return;
      shown[nameOf(entry)] = true;
      showPicture(entry, bytes);
    });
    socket.on('heard', function (received) { received(); });
    socket.on('delivered', function (id, count) {
      if (!own[id]) return;
      tick(own[id], '✓✓', 'delivered to ' + count + (count === 1 ? ' other' : ' others'), true);
      delete own[id];
    });
    socket.on('members', showMembers);
    socket.on('entered', function (name, who) { if (who !== me.who) note(name + ' came in.'); });
    socket.on('gone', function (name, who) {
      if (who !== me.who) note(name + ' left.');  // it may be told to who comes back
      delete typists[name];
      showTypists();
    });
    socket.on('typing', function (name, on) {
      if (on) typists[name] = true; else delete typists[name];
      showTypists();
    });
  }

  function connect(mode) {
    if (socket) replaced.push(socket);
    typists = {};
    showTypists();
    inRoom = false;
    waiting.forEach(function (said) { said.by = null; });
    socket = kedge.connect('/', mode);
    window.ladder.watch(socket);
    window.nodes.watch(socket);
    listen();
  }

  function chooseRoom(room) {
    if (room === entered) return;
    if (waiting.length) return note('Wait until what you said has arrived.');
    me.room = room;
    clear();
    typing(false);
    typists = {};
    showTypists();
    element('rooms').querySelectorAll('button').forEach(function (button) {
      button.setAttribute('aria-selected', String(button.textContent === room));
    });
    if (socket && socket.connected) enter();
  }

  function begin() {
    rooms.forEach(function (room) {
      var button = make('button', '', room);
      button.setAttribute('role', 'tab');
      button.addEventListener('click', function () { chooseRoom(room); });
      element('rooms').appendChild(button);
    });
    chooseRoom(me.room);
    element('composer').addEventListener('submit', function (event) {
      event.preventDefault();
      var text = element('text').value.trim();
      if (!text || !socket) return;
      typing(false);
      say(text);
      element('text').value = '';
    });
    element('text').addEventListener('input', function () {
      typing(element('text').value.length > 0);
      clearTimeout(quietTimer);
      quietTimer = setTimeout(function () { typing(false); }, 3000);
    });
    element('picture').addEventListener('change', function () {
      if (element('picture').files[0]) share(element('picture').files[0]);
      element('picture').value = '';
    });
    window.ladder.begin(connect);
    connect('auto');
  }

  function askName() {
    if (me.name) return begin();
    element('who').showModal();
    // However it is closed, by Escape too, there is a page behind it.
    element('who').addEventListener('close', function () {
      me.name = element('name').value.trim() || 'somebody';
      sessionStorage.setItem('name', me.name);
      begin();
      // A phone would open its keyboard over what there is to read.
      if (window.matchMedia('(pointer: fine)').matches) element('text').focus();
    });
  }

  element('client').textContent = kedge.generation === 2 ? 'socket.io-client 2.5' : 'socket.io-client 4';
  element('other-client').innerHTML = kedge.generation === 2
    ? 'This page runs the client of 2018. <a href="./">Open it with today’s client.</a>'
    : '<a href="?client=2">Open this page with the client of 2018</a>: both meet in the same room.';
  kedge.load().then(askName, function (error) { window.ladder.state(error.message, 'bad'); });
})();
